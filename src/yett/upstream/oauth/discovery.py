"""Where a server's tokens come from: from its challenge to its own metadata, and from there to its issuer's."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import Struct

from yett.core.ask import Asker
from yett.errors import UpstreamUnavailable
from yett.upstream.oauth.challenge import Challenge
from yett.upstream.oauth.metadata import Issuer, issuer_at, resource_of

_OFFLINE = "offline_access"
_S256 = "S256"


class Found(Struct, frozen=True, kw_only=True):
    """An issuer, what the server calls itself there, and the scopes to ask for."""

    issuer: Issuer
    resource: str
    scopes: frozenset[str] = frozenset()


async def discover(asker: Asker, url: str, said: Challenge, *, issuer: str = "") -> Found:
    """Find out where users sign in for the server at `url`. `issuer` is the only one that will do, where it is given.

    Raises `UpstreamUnavailable`, also where the issuer does without PKCE: a code could be stolen on its way.
    """
    resource = await resource_of(asker, url, said.resource_metadata)
    named = resource.authorization_servers if resource is not None else ()
    if issuer and named and issuer not in named:
        raise UpstreamUnavailable(f"the server does not accept tokens of `{issuer}`, which the config names")
    # Servers from before 2025-06-18 have no metadata of their own: their origin is the issuer (2025-03-26, 2.3.2).
    chosen = issuer or (named[0] if named else _origin(url))
    metadata = await issuer_at(asker, chosen)
    if metadata is None:
        raise UpstreamUnavailable(f"the issuer `{chosen}` has no metadata")
    if _S256 not in metadata.code_challenge_methods_supported:
        raise UpstreamUnavailable(f"the issuer `{chosen}` does not say that it supports PKCE with S256")
    if not metadata.authorization_endpoint or not metadata.token_endpoint:
        raise UpstreamUnavailable(f"nobody can sign in at the issuer `{chosen}`: an endpoint is missing")
    # A browser is sent there: `javascript:` and plain http to elsewhere are no places to sign in.
    if urlsplit(metadata.authorization_endpoint).scheme not in {"https", urlsplit(chosen).scheme}:
        raise UpstreamUnavailable(f"nobody can sign in at the issuer `{chosen}`: its page is not an https one")
    scopes = said.scopes or frozenset(resource.scopes_supported if resource is not None else ())
    if _OFFLINE in metadata.scopes_supported:  # it is what makes some issuers give a refresh token
        scopes |= {_OFFLINE}
    return Found(issuer=metadata, resource=resource.resource if resource is not None else url, scopes=scopes)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
