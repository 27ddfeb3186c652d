"""Who is connected how often: the caps that keep one stranger from taking every connection."""

from __future__ import annotations

import socket
from typing import Final

from yett.wire.limits import ListenerLimits

_FEW_HANDSHAKES: Final = 16


def plain(address: str) -> str:
    """A socket address as text, with an IPv4-mapped IPv6 address as the IPv4 address that it is."""
    mapped = address.removeprefix("::ffff:")
    return mapped if "." in mapped else address


def network(address: str) -> str:
    """What counts as one peer: an IPv4 address, or the /64 network of an IPv6 address."""
    address = plain(address)
    if ":" not in address:
        return address
    packed = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
    return packed[:8].hex(":", 2) + "::/64"


class Peers:
    """Counts connections and unfinished TLS handshakes, in all and per peer."""

    __slots__ = ("_connections", "_handshakes", "_total")

    def __init__(self) -> None:
        self._total = 0
        self._connections: dict[str, int] = {}
        self._handshakes: dict[str, int] = {}

    @property
    def total(self) -> int:
        """How many connections there are."""
        return self._total

    def refusal(self, peer: str, limits: ListenerLimits) -> tuple[int, str] | None:
        """Why one more connection of `peer` (a `network()`) is too many: a status and words. `None`: it is not."""
        if self._total >= limits.connections:
            return 503, "too many connections"
        if self._connections.get(peer, 0) >= limits.connections_per_peer:
            return 429, "too many connections from this peer"
        # A handshake costs more than a request: a quarter of a peer's connections may be in one at a time.
        if self._handshakes.get(peer, 0) >= max(_FEW_HANDSHAKES, limits.connections_per_peer // 4):
            return 429, "too many TLS handshakes from this peer"
        return None

    def enter(self, peer: str) -> None:
        """Count a connection."""
        self._total += 1
        _add(self._connections, peer, 1)

    def leave(self, peer: str) -> None:
        """Forget a connection."""
        self._total -= 1
        _add(self._connections, peer, -1)

    def begin_handshake(self, peer: str) -> None:
        """Count a TLS handshake."""
        _add(self._handshakes, peer, 1)

    def end_handshake(self, peer: str) -> None:
        """Forget a TLS handshake, whichever way it ended."""
        _add(self._handshakes, peer, -1)


def _add(counts: dict[str, int], peer: str, step: int) -> None:
    count = counts.get(peer, 0) + step
    if count:
        counts[peer] = count
    else:
        del counts[peer]
