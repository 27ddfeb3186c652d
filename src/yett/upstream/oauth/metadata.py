"""The metadata of an authorization server (RFC 8414) and of a protected resource (RFC 9728), read strictly."""

from __future__ import annotations

from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from yett.core.ask import Answer, Ask, Asker
from yett.errors import AskError, UpstreamUnavailable

_OK: Final = 200
_SERVER_FAULT: Final = 500
_LIST: Final = 1_000


class Resource(Struct, frozen=True, kw_only=True):
    """What a server says of itself as a protected resource."""

    resource: str
    authorization_servers: tuple[str, ...] = ()
    scopes_supported: tuple[str, ...] = ()


class Issuer(Struct, frozen=True, kw_only=True):
    """What an authorization server says of itself."""

    issuer: str
    token_endpoint: str = ""
    authorization_endpoint: str = ""
    registration_endpoint: str = ""
    scopes_supported: tuple[str, ...] = ()
    grant_types_supported: tuple[str, ...] = ("authorization_code", "implicit")
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    code_challenge_methods_supported: tuple[str, ...] = ()
    authorization_response_iss_parameter_supported: bool = False
    client_id_metadata_document_supported: bool = False
    authorization_grant_profiles_supported: tuple[str, ...] = ()


_Read = TypeVar("_Read", Resource, Issuer)


def resource_places(url: str, said: str) -> list[str]:
    """Where a server's metadata may be: where it says (at its own origin), at its path's form, at the root."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    path = parts.path.rstrip("/")
    places = [f"{origin}/.well-known/oauth-protected-resource{path}", f"{origin}/.well-known/oauth-protected-resource"]
    if said and _origin(said) == _origin(url):
        places.insert(0, said)
    return list(dict.fromkeys(places))


def issuer_places(issuer: str) -> list[str]:
    """Where an issuer's metadata may be, in the order of the MCP specification: RFC 8414, then OpenID Connect."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    places = [
        f"{origin}/.well-known/oauth-authorization-server{path}",
        f"{origin}/.well-known/openid-configuration{path}",
        f"{origin}{path}/.well-known/openid-configuration",
    ]
    return list(dict.fromkeys(places))


async def resource_of(asker: Asker, url: str, said: str) -> Resource | None:
    """What the server at `url` says of itself; nothing where it has no metadata. Raises `UpstreamUnavailable`."""
    found = await _first(asker, resource_places(url, said), Resource)
    if found is not None and not covers(found.resource, url):
        raise UpstreamUnavailable(f"the server's metadata is about another resource: `{found.resource[:200]}`")
    return found


async def issuer_at(asker: Asker, issuer: str) -> Issuer | None:
    """What an issuer says of itself. Raises `UpstreamUnavailable`, also where it calls itself by another name."""
    found = await _first(asker, issuer_places(issuer), Issuer)
    # "MUST be identical" (RFC 8414, 3.3): no normalisation, or one issuer could speak for another.
    if found is not None and found.issuer != issuer:
        raise UpstreamUnavailable(f"the metadata of `{issuer}` names another issuer: `{found.issuer[:200]}`")
    return found


def covers(resource: str, url: str) -> bool:
    """Whether a server at `url` may call itself `resource`: the same origin, and its path or one above it."""
    if _origin(resource) != _origin(url) or "?" in resource or "#" in resource:
        return False
    above, path = urlsplit(resource).path.rstrip("/"), urlsplit(url).path.rstrip("/")
    return path == above or path.startswith(f"{above}/")


async def _first(asker: Asker, places: list[str], kind: type[_Read]) -> _Read | None:
    for place in places:
        try:
            answer = await asker(Ask(url=place, headers=(("accept", "application/json"),)))
        except AskError as error:
            raise UpstreamUnavailable(str(error)) from None
        if answer.status == _OK:
            return _read(answer, place, kind)
        if answer.status >= _SERVER_FAULT:
            raise UpstreamUnavailable(f"`{place}` answered {answer.status}")
    return None


def _read(answer: Answer, place: str, kind: type[_Read]) -> _Read:
    try:
        # Members that are null stand for those that are not there: some servers write them out.
        document: Any = msgspec.json.decode(answer.body)
        members = {key: value for key, value in document.items() if value is not None}
        found = msgspec.convert(members, kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, AttributeError):
        raise UpstreamUnavailable(f"`{place}` is not the metadata that it should be") from None
    lists = [value for value in msgspec.structs.astuple(found) if isinstance(value, tuple)]
    if any(len(value) > _LIST for value in lists):
        raise UpstreamUnavailable(f"`{place}` is too long")
    return found


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ("", "", None)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return (parts.scheme, parts.hostname or "", port or default)
