"""Asking a server which protocol versions it speaks: the two questions, and how to read the answers."""

from __future__ import annotations

from typing import Final

from yett import __version__
from yett.core.exchange import Era
from yett.core.message import JsonObject, Notification, Reply, Request
from yett.protocol.headers import LEGACY_VERSIONS, MODERN_VERSIONS
from yett.upstream.upstream import Offer

_UNSUPPORTED_VERSION: Final = -32022
_CLIENT: Final[JsonObject] = {"name": "yett", "version": __version__}

# No capabilities: a server that is only asked must not ask back.
DISCOVER: Final = Request(
    id=1,
    method="server/discover",
    params={
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": MODERN_VERSIONS[0],
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": _CLIENT,
        }
    },
)
INITIALIZE: Final = Request(
    id=1,
    method="initialize",
    params={"protocolVersion": LEGACY_VERSIONS[0], "capabilities": {}, "clientInfo": _CLIENT},
)
INITIALIZED: Final = Notification(method="notifications/initialized")


def discovered(reply: Reply) -> tuple[str, ...]:
    """Return the modern versions that the reply to `server/discover` names and we know, newest first."""
    if reply.error is None:
        listed = reply.result.get("supportedVersions") if isinstance(reply.result, dict) else None
    elif reply.error.code == _UNSUPPORTED_VERSION and isinstance(reply.error.data, dict):
        listed = reply.error.data.get("supported")
    else:
        return ()
    return tuple(version for version in MODERN_VERSIONS if isinstance(listed, list) and version in listed)


def agreed(reply: Reply) -> tuple[str, ...]:
    """Return the legacy version that the reply to `initialize` agreed on, if we know it."""
    version = reply.result.get("protocolVersion") if isinstance(reply.result, dict) else None
    return (version,) if reply.error is None and version in LEGACY_VERSIONS else ()


def offered(modern: tuple[str, ...], legacy: tuple[str, ...]) -> Offer:
    """Put both answers together."""
    eras = [era for era, versions in ((Era.MODERN, modern), (Era.LEGACY, legacy)) if versions]
    return Offer(eras=frozenset(eras), versions=modern + legacy)
