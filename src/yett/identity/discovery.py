"""Where an issuer keeps its keys: its metadata (RFC 8414, OpenID Connect Discovery), believed only about itself."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from yett.core.ask import Ask, Asker
from yett.core.verdict import Deny
from yett.errors import AskError
from yett.protocol import document
from yett.protocol.document import Bounds

SECONDS: Final = 5.0
"""For one question to an issuer."""

MAX_BYTES: Final = 256 * 1024
_BOUNDS: Final = Bounds(bytes=MAX_BYTES, depth=16, nodes=20_000)
_OK: Final = 200
_NOT_THERE: Final = frozenset({400, 401, 403, 404, 405, 410})


def metadata_urls(issuer: str) -> tuple[str, ...]:
    """Where metadata may be, in the order of use: OpenID Connect appends, RFC 8414 puts its part before the path."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    urls = (
        f"{origin}{path}/.well-known/openid-configuration",
        f"{origin}/.well-known/oauth-authorization-server{path}",
        f"{origin}/.well-known/openid-configuration{path}",
    )
    return tuple(dict.fromkeys(urls))


async def metadata(ask: Asker, issuer: str) -> dict[str, Any]:
    """The issuer's metadata. Raises `AskError` where there is none, or where it is another issuer's."""
    tried = []
    for url in metadata_urls(issuer):
        answer = await ask(Ask(url=url, headers=(("accept", "application/json"),), limit=MAX_BYTES, seconds=SECONDS))
        if answer.status == _OK:
            return _own(answer.body, url, issuer)
        tried.append(f"{url} ({answer.status})")
        if answer.status not in _NOT_THERE:
            break
    raise AskError(f"`{issuer}` has no metadata: {', '.join(tried)}")


def jwks_url(found: dict[str, Any], issuer: str) -> str:
    """Where the keys are: at the issuer's own host. Raises `AskError` where they are not."""
    url = found.get("jwks_uri")
    if type(url) is not str:
        raise AskError(f"the metadata of `{issuer}` names no `jwks_uri`: set `jwks:` to where its keys are")
    if _origin(url) != _origin(issuer):
        raise AskError(f"the keys of `{issuer}` are elsewhere, at `{url[:200]}`: if that is right, set `jwks:` to it")
    return url


def read_object(body: bytes, what: str) -> dict[str, Any]:
    """A JSON object that is read alike everywhere. Raises `AskError` for anything else."""
    found = document.read(body, _BOUNDS)
    if isinstance(found, Deny):
        raise AskError(f"{what} is no JSON that is read alike everywhere ({found.reason.code})")
    if type(found.value) is not dict:
        raise AskError(f"{what} is no JSON object")
    return found.value


def _own(body: bytes, url: str, issuer: str) -> dict[str, Any]:
    found = read_object(body, f"`{url}`")
    said = found.get("issuer")
    if said != issuer:
        shown = f"`{said[:200]}`" if type(said) is str else "nothing that is text"
        raise AskError(f"`{url}` is about {shown}, not about `{issuer}`: write the issuer exactly as it names itself")
    return found


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ("", "")
    return (parts.scheme, parts.netloc.lower())
