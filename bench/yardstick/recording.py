"""Processor microseconds that one ledger record costs: `python -m yardstick.recording` prints them."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import uvloop

from yett.core.exchange import Channel, Entrance, Era, Exchange, Principal
from yett.core.message import Request
from yett.core.pipeline import Remark, Trail
from yett.errors import LedgerError
from yett.ledger.kept import Waiting
from yett.ledger.ledger import Ledger

_BATCH: Final = 32
"""Calls that arrive in one turn of the event loop: as many as there are connections."""


class Nothing:
    """A ledger that keeps nothing: what making the calls costs in itself."""

    def take_intent(self, _exchange: Exchange, _trail: Trail, waiting: Waiting, _like: object = None) -> None:
        """Say at once that it is kept."""
        waiting.kept()

    def outcome(self, *_: object, **__: object) -> None:
        """Keep nothing."""


class Recorded:
    """A call as the gateway makes it: its intent, and its outcome once that is kept."""

    __slots__ = ("_done", "_exchange", "_ledger")

    def __init__(self, ledger: Ledger | Nothing, exchange: Exchange, done: Callable[[], None]) -> None:
        self._ledger = ledger
        self._exchange = exchange
        self._done = done

    def kept(self) -> None:
        """Say how it ended."""
        self._ledger.outcome(self._exchange, status="allowed", sent_bytes=166, duration=0.002)
        self._done()

    def unkept(self, error: LedgerError) -> None:
        """End the measurement."""
        raise error


async def records(calls: int = 6_400) -> float:
    """Processor microseconds that one record costs, durability `write`: the medians of rounds with and without it."""
    principal = Principal(issuer="yett", subject="alice", roles=frozenset({"engineer"}), credential="MK292fkn")
    channel = Channel(entrance=Entrance.GATEWAY, peer="127.0.0.1", host="127.0.0.1:8080")
    request = Request(id=7, method="tools/call", params={"name": "echo", "arguments": {"text": "hello"}})
    trail = (Remark(guard="access", verdict="allow", note="roles.engineer.allow[0] (demo.*)"),)

    def call(ledger: Ledger | Nothing, number: int, done: Callable[[], None]) -> None:
        exchange = Exchange(
            id=f"{number:020x}",
            received_at=1e9,
            channel=channel,
            server="demo",
            request=request,
            principal=principal,
            era=Era.MODERN,
            version="2026-07-28",
        )
        # Alike, as the calls of one head are (decision 0016).
        ledger.take_intent(exchange, trail, Recorded(ledger, exchange, done), request)

    async def a_round(ledger: Ledger | Nothing) -> float:
        answered: list[None] = []
        began = time.process_time()
        for first in range(0, calls, _BATCH):
            for number in range(first, first + _BATCH):
                call(ledger, number, partial(answered.append, None))
            await asyncio.sleep(0)  # the ledger writes when a turn ends
        spent = time.process_time() - began
        if len(answered) != calls:
            raise LedgerError(f"{len(answered)} of {calls} intents were kept in their turn")
        return spent / calls

    with tempfile.TemporaryDirectory() as folder:
        ledger = await Ledger.open(Path(folder) / "ledger")
        ledger.policy = "0123456789abcdef"
        rounds = [(await a_round(ledger), await a_round(Nothing())) for _ in range(9)]
        await ledger.close()
    kept, without = (float(sorted(one)[len(one) // 2]) for one in zip(*rounds, strict=True))
    return (kept - without) * 1e6 / 2


if __name__ == "__main__":
    print(uvloop.run(records()))
