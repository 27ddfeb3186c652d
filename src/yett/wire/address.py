"""Where a server is: a URL, taken apart once. Nothing a client or a server says can change it."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from yett.errors import ConfigError
from yett.wire.origin import Origin

_PORTS: Final = {"http": 80, "https": 443}


class Address(Struct, frozen=True, kw_only=True):
    """An origin, and the path with its query as it goes on the request line."""

    origin: Origin
    path: bytes


def address(url: str) -> Address:
    """Read a URL. Raises `ConfigError` for what is none, or says more than where the server is."""
    if "@" in url.partition("://")[2].partition("/")[0]:  # first, because other errors show the URL
        raise ConfigError("a URL with a user name or a password: put credentials into `headers`")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"`{url}` is not a URL: {error}") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ConfigError(f"`{url}` is not an `http` or `https` URL with a host")
    if "#" in url:
        raise ConfigError(f"`{url}` has a fragment, which is never sent")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not (path.isascii() and path.isprintable() and " " not in path):
        raise ConfigError(f"the path of `{url}` needs percent-encoding")
    try:
        origin = Origin(scheme=parts.scheme, host=parts.hostname, port=_PORTS[parts.scheme] if port is None else port)
    except ValueError as error:
        raise ConfigError(f"`{url}` is not usable: {error}") from error
    return Address(origin=origin, path=path.encode())
