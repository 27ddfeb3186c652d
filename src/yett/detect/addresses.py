"""Which IP addresses are the public internet, and which are somewhere inside: the rules against forged requests.

Sources: the IANA special-purpose address registries (RFC 6890 and its updates), RFC 6052 (NAT64), RFC 3056 (6to4),
RFC 4291 (IPv4-mapped). The tables are ours because the answers of `ipaddress` differ between versions of Python.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Final, TypeAlias

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_V4: Final = tuple(
    (ipaddress.IPv4Network(network), what)
    for network, what in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "private"),  # carrier-grade NAT, RFC 6598; some clouds put their metadata here
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "reserved"),
        ("192.31.196.0/24", "reserved"),
        ("192.52.193.0/24", "reserved"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "reserved"),
        ("198.18.0.0/15", "private"),
        ("198.51.100.0/24", "reserved"),
        ("203.0.113.0/24", "reserved"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_V6: Final = tuple(
    (ipaddress.IPv6Network(network), what)
    for network, what in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "private"),  # NAT64 of the own network, RFC 8215
        ("2001::/23", "reserved"),  # Teredo, ORCHID, benchmarking: none of them is a server's
        ("2001:db8::/32", "reserved"),
        ("2620:4f:8000::/48", "reserved"),
        ("3fff::/20", "reserved"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR: Final = ipaddress.IPv6Network("2002::/16")
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")

_LOW_32_BITS: Final = 0xFFFF_FFFF

# Nobody's server is there, and cloud metadata is: these cannot be allowed at all.
_NEVER: Final = frozenset({"unspecified", "link-local", "multicast"})


def kind(text: str) -> str:
    """`public`, or what else an address is: `loopback`, `private`, `link-local`, `multicast`, `reserved` ...

    IPv6 forms that carry an IPv4 address (mapped, compatible, NAT64, 6to4) are what that address is. What is no
    address (a name, a zone, an octal number) is `unreadable`.
    """
    address = _read(text)
    if address is None:
        return "unreadable"
    table: Sequence[tuple[Network, str]] = _V4 if isinstance(address, ipaddress.IPv4Address) else _V6
    for network, what in table:
        if address in network:
            return what
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_V6:
        return "reserved"
    return "public"


def refusal(text: str, allowed: Sequence[Network] = ()) -> str:
    """Why nothing may be asked of an address, or nothing where it is public or lies in an `allowed` network."""
    what = kind(text)
    if what == "public":
        return ""
    address = _read(text)
    if address is not None and what not in _NEVER and any(address in network for network in allowed):
        return ""
    return f"{'an' if what[0] in 'aeiou' else 'a'} {what} address (`{text}`)"


def network(text: str) -> Network:
    """Read `10.0.0.0/8` or a single address. Raises `ValueError` for anything else, and where host bits are set."""
    return ipaddress.ip_network(text)


def _read(text: str) -> IpAddress | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return address
    return None if address.scope_id is not None else _inner(address)


def _inner(address: ipaddress.IPv6Address) -> IpAddress:
    """The address that is really dialled: the IPv4 one where IPv6 only wraps it."""
    number = int(address)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _SIX_TO_FOUR:
        return ipaddress.IPv4Address(number >> 80 & _LOW_32_BITS)
    if address in _NAT64 or (address in _COMPATIBLE and number > 1):
        return ipaddress.IPv4Address(number & _LOW_32_BITS)
    return address
