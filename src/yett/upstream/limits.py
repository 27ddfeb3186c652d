"""How much one server over HTTP may take."""

from __future__ import annotations

from msgspec import Struct


class HttpLimits(Struct, frozen=True, kw_only=True):
    """The size of one message of the server's, and the connections: of calls, and of streams that stay open.

    Neither kind of connection can use up the other's.
    """

    reply_bytes: int = 16 * 1024 * 1024
    connections: int = 100
    streams: int = 10_000
