"""How much one listener takes: sizes, times and numbers, each with a name."""

from __future__ import annotations

from msgspec import Struct

TARGET_BYTES = 8_192
"""The longest request target; RFC 9112 section 3 asks for at least 8,000 octets."""


class ListenerLimits(Struct, frozen=True, kw_only=True):
    """Bounds of a listener. Bytes, counts, and seconds.

    `head_seconds` runs from the first byte of a head (for a new connection: from its opening), `body_seconds` from
    the end of the head, `idle_seconds` between two exchanges. `write_seconds` is how long a client may take to read
    64 KiB of an answer. A peer is one IPv4 address or one IPv6 /64 network.
    """

    head_bytes: int = 16_384
    headers: int = 100
    body_bytes: int = 1_048_576
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    idle_seconds: float = 75.0
    write_seconds: float = 30.0
    handshake_seconds: float = 5.0
    connections: int = 10_000
    connections_per_peer: int = 1_000

    @property
    def shortest(self) -> float:
        """The shortest of the times: how closely they have to be watched follows from it."""
        return min(self.head_seconds, self.body_seconds, self.idle_seconds, self.write_seconds)
