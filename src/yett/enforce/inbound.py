"""One client message as a mode hands it in: nothing about it is believed yet."""

from __future__ import annotations

from enum import Enum
from random import Random
from typing import Final

from msgspec import Struct

from yett.core.exchange import Exchange
from yett.enforce.preface import Preface

_RANDOM: Final = 9
"""Random hex digits of an id."""
_DRAWN: Final = 256
"""Ids whose random digits are drawn at once: the system's source costs 0.6 us whenever it is asked."""


class Verb(Enum):
    """What the client does with the endpoint. The modern era knows `SAY` alone."""

    SAY = "say"
    LISTEN = "listen"
    END = "end"


class Inbound(Struct, frozen=True, kw_only=True):
    """The parts of a request that matter here, whichever way it came in.

    `id` is the exchange's id of ours. `received_at` is wall time in seconds, `started` monotonic.
    """

    id: str
    received_at: float
    started: float
    verb: Verb
    preface: Preface
    body: bytes

    @property
    def unread(self) -> Exchange:
        """What is known before anything was read: when it came, from where, and for which server."""
        preface = self.preface
        return Exchange(id=self.id, received_at=self.received_at, channel=preface.channel, server=preface.server)


class ExchangeIds:
    """Ids that sort by time and cannot be guessed from one another: 11 hex digits of milliseconds, 9 random ones."""

    def __init__(self, random: Random) -> None:
        self._bits = random.getrandbits
        self._drawn = ""
        self._at = 0

    def next(self, now: float) -> str:
        """An id for an exchange that begins at `now` (seconds since the epoch)."""
        at = self._at
        if at >= len(self._drawn):
            self._drawn = f"{self._bits(4 * _RANDOM * _DRAWN):0{_RANDOM * _DRAWN}x}"
            at = 0
        self._at = at + _RANDOM
        return f"{int(now * 1000):011x}{self._drawn[at : at + _RANDOM]}"
