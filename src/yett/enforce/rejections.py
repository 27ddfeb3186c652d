"""Records of what was no HTTP at all: each one while they are few, exact counts when they are a flood."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from yett import telemetry
from yett.core.exchange import Channel, Entrance, Exchange
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.enforce.inbound import ExchangeIds
from yett.ledger.ledger import Ledger

HTTP_REFUSED = Reason(code="http.refused", kind=Kind.HTTP_BAD_REQUEST, public="this is not HTTP as it is accepted here")

PER_SECOND: Final = 100
"""Records of single rejections in one second; strangers cannot fill the ledger faster than that."""
QUEUE: Final = 1_000


class Rejections:
    """Takes what the wire refused. `note()` is called by the wire, `keep()` every second or so by the gateway."""

    def __init__(
        self, ids: ExchangeIds, *, entrance: Entrance = Entrance.GATEWAY, clock: Callable[[], float] = time.time
    ) -> None:
        self._ids = ids
        self._entrance = entrance
        self._clock = clock
        self._waiting: list[tuple[Exchange, Deny]] = []
        self._uncounted: dict[int, int] = {}

    def note(self, peer: str, status: int, detail: str) -> None:
        """Remember one rejection."""
        telemetry.REJECTED.add(str(status))
        if len(self._waiting) >= QUEUE:
            self._uncounted[status] = self._uncounted.get(status, 0) + 1
            return
        now = self._clock()
        channel = Channel(entrance=self._entrance, peer=peer)
        exchange = Exchange(id=self._ids.next(now), received_at=now, channel=channel, server="")
        self._waiting.append((exchange, Deny(reason=HTTP_REFUSED, detail=f"{status}: {detail}")))

    async def keep(self, ledger: Ledger) -> None:
        """Write what was noted since the last time."""
        waiting, self._waiting = self._waiting, []
        for exchange, deny in waiting[:PER_SECOND]:
            await ledger.refusal(exchange, deny)
        for _, deny in waiting[PER_SECOND:]:
            status = int(deny.detail.partition(":")[0])
            self._uncounted[status] = self._uncounted.get(status, 0) + 1
        uncounted, self._uncounted = self._uncounted, {}
        if uncounted:
            await ledger.event("http-rejections", **{str(status): count for status, count in uncounted.items()})
