"""One client message as a mode hands it in: nothing about it is believed yet."""

from __future__ import annotations

from enum import Enum
from random import Random
from typing import TypeAlias

from msgspec import Struct

from yett.core.exchange import Channel, Exchange

Header: TypeAlias = tuple[bytes, bytes]


class Verb(Enum):
    """What the client does with the endpoint. The modern era knows `SAY` alone."""

    SAY = "say"
    LISTEN = "listen"
    END = "end"


class Inbound(Struct, frozen=True, kw_only=True):
    """The parts of a request that matter here, whichever way it came in.

    `id` is the exchange's id of ours. `received_at` is wall time in seconds, `started` monotonic. `headers` have
    lower-case names; the values of `authorization` are in them, and are read by identity alone.
    """

    id: str
    received_at: float
    started: float
    channel: Channel
    server: str
    verb: Verb
    headers: tuple[Header, ...]
    body: bytes

    @property
    def unread(self) -> Exchange:
        """What is known before anything was read: when it came, from where, and for which server."""
        return Exchange(id=self.id, received_at=self.received_at, channel=self.channel, server=self.server)


class ExchangeIds:
    """Ids that sort by time and cannot be guessed from one another: 11 hex digits of milliseconds, 9 random ones."""

    def __init__(self, random: Random) -> None:
        self._bits = random.getrandbits

    def next(self, now: float) -> str:
        """An id for an exchange that begins at `now` (seconds since the epoch)."""
        return f"{int(now * 1000):011x}{self._bits(36):09x}"
