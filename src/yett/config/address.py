"""Addresses in a config: where a listener binds, the public name, and the URL of a server. Read, never guessed."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from yett.config.wording import Unreadable

PORTS: Final = {"http": 80, "https": 443}

# No spaces, controls, quotes, backslashes or non-ASCII: what browsers and libraries disagree about.
_PLAIN: Final = re.compile(r"[!#-&(-;=?-\[\]_a-z~]+\Z", re.ASCII)
_LABEL: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")
_PORT: Final = re.compile(r"(0|[1-9][0-9]{0,4})\Z")
_CREDENTIAL_KEY: Final = re.compile(r"(?i)(token|secret|password|passwd|api[_-]?key|^key|^auth|signature|_key)$")


@dataclass(frozen=True, slots=True)
class Address:
    """A scheme, a host (IPv6 without brackets) and a port."""

    scheme: str
    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")

    @property
    def authority(self) -> str:
        """`host:port`, with brackets where IPv6 needs them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}" if self.scheme else self.authority


@dataclass(frozen=True, slots=True)
class Url:
    """The URL of an MCP server: where to connect, and the path (with query) to ask for."""

    text: str
    address: Address
    path: str

    def __str__(self) -> str:
        return self.text


def parse_listen(text: str) -> Address:
    """Read `http://127.0.0.1:8080`. Raises `Unreadable`."""
    address, path = _split(text, "http://127.0.0.1:8080")
    if path not in {"", "/"}:
        raise Unreadable(f"a listener has no path, and this one has `{path}`", f"write `{address}`")
    return address


def parse_public(text: str) -> Address:
    """Read the public name, `https://mcp.example.com`. Raises `Unreadable`."""
    address, path = _split(text, "https://mcp.example.com")
    if path not in {"", "/"}:
        raise Unreadable(
            f"the public name has no path, and this one has `{path}`", "every server answers at `/<name>/mcp` below it"
        )
    if address.port == 0:
        raise Unreadable("a public name cannot have port 0", "write the port that clients use, or none")
    return address


def parse_origin(text: str) -> Address:
    """Read a web origin, `https://page.example.com`. Raises `Unreadable`."""
    if text in {"*", "null"}:
        raise Unreadable(f"`{text}` would let pages from anywhere call", "list the origins, one by one")
    address, path = _split(text, "https://page.example.com")
    if path:
        raise Unreadable(f"a web origin has no path, and this one has `{path}`", f"write `{text.removesuffix(path)}`")
    return address


def parse_bind(text: str) -> Address:
    """Read `127.0.0.1:9090`, the address of a listener that speaks plain HTTP only. Raises `Unreadable`."""
    if "://" in text:
        raise Unreadable(
            f"`{text}` has a scheme", f"write host and port only: `{text.partition('://')[2].rstrip('/')}`"
        )
    host, colon, port = text.rpartition(":")
    if not colon or not host:
        raise Unreadable(f"`{text}` is not host and port", "write `127.0.0.1:9090`")
    return Address("", _host(host, text), _port(port, text))


def parse_url(text: str) -> Url:
    """Read the URL of an MCP server. Raises `Unreadable`."""
    address, path = _split(text, "http://127.0.0.1:3001/mcp")
    if address.port == 0:
        raise Unreadable("a server cannot be reached at port 0", "write the port the server listens on")
    for key, _ in parse_qsl(path.partition("?")[2], keep_blank_values=True):
        if _CREDENTIAL_KEY.search(key):
            raise Unreadable(
                f"a credential in the URL (`{key}=`)", "URLs end up in logs; send it in `headers`, as a reference"
            )
    return Url(text, address, path if path.startswith("/") else f"/{path}")


def _split(text: str, example: str) -> tuple[Address, str]:
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise Unreadable(f"`{text}` is not a URL", f"write it with scheme and host: `{example}`")
    if scheme not in PORTS:
        raise Unreadable(f"unknown scheme `{scheme}`", "use `http` or `https`")
    if not _PLAIN.match(rest):
        raise Unreadable(
            f"`{text}` is not a URL", "write host and path in ASCII, without spaces; international names as `xn--...`"
        )
    try:
        parts = urlsplit(text)
    except ValueError:
        raise Unreadable(f"`{text}` is not a URL", f"write it with scheme and host: `{example}`") from None
    if "@" in parts.netloc:
        raise Unreadable("a name or password in the URL", "send credentials in `headers`, as a reference")
    if "#" in text:
        raise Unreadable("a URL here has no `#` part", "remove it")
    host, port = _authority(parts.netloc, text)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return Address(scheme, host, PORTS[scheme] if port is None else port), path


def _authority(netloc: str, text: str) -> tuple[str, int | None]:
    host, colon, port = netloc.rpartition(":")
    if not colon or netloc.endswith("]"):
        return _host(netloc, text), None
    return _host(host, text), _port(port, text)


def _port(port: str, text: str) -> int:
    if _PORT.match(port) is None or int(port) > 65535:  # noqa: PLR2004 - the largest port there is
        raise Unreadable(
            f"`{port}` is not a port in `{text}`", "a port is a number from 1 to 65535; 0 lets the system choose"
        )
    return int(port)


def _host(host: str, text: str) -> str:
    if host.startswith("[") and host.endswith("]"):
        try:
            return str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError:
            raise Unreadable(f"`{host}` is not an IPv6 address", "write it like `[::1]`") from None
    labels = host.split(".")
    if labels[-1].isdigit() or re.match(r"(?i)0x", labels[-1]):
        # `127.1`, `0x7f.1` and `2130706433` reach different hosts in different libraries.
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise Unreadable(f"`{host}` is not an IPv4 address", "write four decimal numbers: `127.0.0.1`") from None
    if len(host) > 253 or not all(_LABEL.match(label) for label in labels):  # noqa: PLR2004 - RFC 1035, 2.3.4
        raise Unreadable(
            f"`{host}` is not a host name in `{text}`" if host else f"`{text}` names no host",
            "write a name or an IP address",
        )
    return host.lower()
