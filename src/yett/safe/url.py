"""Is this URL one to ask? Read strictly, looked up, and every address that it has judged (`detect.addresses`).

Readers of URLs disagree about odd ones, and that is how a check is passed with one host and another is dialled. So
whatever two of them could read differently is refused: user names, backslashes, numbers that are no plain address.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from yett.detect import addresses
from yett.errors import FetchFailed, UnsafeInput

URL_LENGTH: Final = 8_192
ADDRESSES: Final = 64
"""Addresses of one name; more are no server's."""
LOOKUP_SECONDS: Final = 5.0

_PORTS: Final = {"http": 80, "https": 443}
_VISIBLE: Final = re.compile(r"[!-~]+")
_NAME: Final = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?", re.IGNORECASE
)
_NUMERIC: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.IGNORECASE)
"""Hosts that end in a number are addresses to some (WHATWG URL, "ends in a number"): `0x7f.1`, `017700000001`."""

LookUp = Callable[[str, int], Sequence[str]]
"""From a host and a port to all its addresses. Raises `OSError`."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What may be asked.

    `hosts` and `ports`, where given, are all that is allowed; without `ports`, only the scheme's own. Every address of
    a host must be public, or lie in one of `unsafe_allow_networks`; link-local ones never are allowed. `tls` replaces
    the default context, and `look_up` the system's resolver.
    """

    schemes: Collection[str] = ("https",)
    hosts: Collection[str] | None = None
    ports: Collection[int] | None = None
    unsafe_allow_networks: Sequence[str] = ()
    tls: ssl.SSLContext | None = None
    look_up: LookUp | None = None


HTTPS: Final = Reach()
"""Any public host, over https."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A URL that may be asked, and where it is: dial one of `addresses`, and nothing that is looked up again."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    """With the query, as it goes on the request line."""
    addresses: tuple[str, ...]

    @property
    def authority(self) -> str:
        """Host and port as the `Host` header has them."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == _PORTS[self.scheme] else f"{shown}:{self.port}"


def check_url(url: str, reach: Reach = HTTPS, *, timeout: float = LOOKUP_SECONDS) -> Target:
    """Read a URL, look its host up, and judge all its addresses: one that is not allowed refuses the URL.

    Raises `UnsafeInput`, or `FetchFailed` where the name is not found in `timeout` seconds.
    """
    networks = [addresses.network(text) for text in reach.unsafe_allow_networks]
    scheme, host, port, path = _read(url, reach.schemes)
    if reach.hosts is not None and host not in {name.lower().rstrip(".") for name in reach.hosts}:
        raise UnsafeInput(f"`{host}` is not one of the hosts that may be asked")
    if port not in (reach.ports if reach.ports is not None else (_PORTS[scheme],)):
        raise UnsafeInput(f"port {port} is not one that may be asked")
    found = tuple(dict.fromkeys(_addresses(host, port, reach.look_up or _system, timeout)))
    if not found or len(found) > ADDRESSES:
        raise UnsafeInput(f"`{host}` has {len(found)} addresses")
    for address in found:
        why = addresses.refusal(address, networks)
        if why:
            raise UnsafeInput(f"`{host}` is {why}")
    return Target(url=url, scheme=scheme, host=host, port=port, path=path, addresses=found)


def _read(url: str, schemes: Collection[str]) -> tuple[str, str, int, str]:
    if len(url) > URL_LENGTH:
        raise UnsafeInput(f"the URL is longer than {URL_LENGTH} characters")
    if _VISIBLE.fullmatch(url) is None or "\\" in url:
        raise UnsafeInput("the URL holds characters that must be percent-encoded (a host's: written as `xn--`)")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UnsafeInput("this is not a URL") from None
    if parts.scheme not in schemes or parts.scheme not in _PORTS:
        raise UnsafeInput(f"only {' and '.join(sorted(schemes))} may be asked")
    if "[" in parts.netloc and ":" not in host:
        raise UnsafeInput("the URL's host is no name and no address")
    if "@" in parts.netloc:
        raise UnsafeInput("a URL with a user name could be read as another host")
    if parts.netloc.endswith(":") or port == 0:
        raise UnsafeInput("the URL has a colon and no port")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, _host(host), _PORTS[parts.scheme] if port is None else port, path


def _host(host: str) -> str:
    if ":" in host:
        if "%" in host:
            raise UnsafeInput("an address with a zone is one of this machine's own network")
        return host
    if _NAME.fullmatch(host) is None or len(host.rstrip(".")) > 253:  # noqa: PLR2004 - RFC 1035, 2.3.4
        raise UnsafeInput("the URL's host is no name and no address")
    if _NUMERIC.fullmatch(host):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise UnsafeInput("the URL's host is a number that some read as an address: write `1.2.3.4`") from None
    return host.lower().rstrip(".")


def _addresses(host: str, port: int, look_up: LookUp, timeout: float) -> Sequence[str]:
    if ":" in host or _NUMERIC.fullmatch(host):
        return (host,)
    found: list[Sequence[str]] = []

    def look() -> None:
        try:
            found.append(look_up(host, port))
        except (OSError, UnicodeError):
            return

    # The system's resolver knows no time limit. A thread that it holds up ends with it, or with the program.
    thread = threading.Thread(target=look, daemon=True)
    started = time.monotonic()
    thread.start()
    thread.join(timeout)
    if not found:
        slow = time.monotonic() - started >= timeout
        raise FetchFailed(f"`{host}` was not found" + (f" within {timeout:g} seconds" if slow else ""))
    return found[0]


def _system(host: str, port: int) -> Sequence[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
