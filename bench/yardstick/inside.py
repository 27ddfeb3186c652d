"""What is measured inside of the gateway's own interpreter: `python -m yardstick.inside imports` or `records`.

Prints one number, in the unit that its function names.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

_BATCH: Final = 32
"""Calls that arrive in one turn of the event loop: as many as there are connections."""


def imports() -> float:
    """Processor milliseconds to import what `yett run` needs."""
    began = time.process_time()
    gc.disable()  # as `yett run` does
    import uvloop  # noqa: F401 - importing is what is measured

    import yett.cli.run
    import yett.config.load
    import yett.enforce.instance  # noqa: F401

    return (time.process_time() - began) * 1000


class Nothing:
    """A ledger that keeps nothing: what making the calls costs in itself."""

    async def intent(self, *_: object) -> None:
        """Keep nothing."""

    async def outcome(self, *_: object, **__: object) -> None:
        """Keep nothing."""


async def records(calls: int = 6_400) -> float:
    """Processor microseconds that one record costs, durability `write`: the medians of rounds with and without it."""
    from yett.core.exchange import Channel, Entrance, Era, Exchange, Principal
    from yett.core.message import Request
    from yett.core.pipeline import Remark
    from yett.ledger.ledger import Ledger

    principal = Principal(issuer="yett", subject="alice", roles=frozenset({"engineer"}), credential="MK292fkn")
    channel = Channel(entrance=Entrance.GATEWAY, peer="127.0.0.1", host="127.0.0.1:8080")
    request = Request(id=7, method="tools/call", params={"name": "echo", "arguments": {"text": "hello"}})
    trail = (Remark(guard="access", verdict="allow", note="roles.engineer.allow[0] (demo.*)"),)

    async def call(ledger: Ledger | Nothing, number: int) -> None:
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
        await ledger.intent(exchange, trail)
        await ledger.outcome(exchange, status="allowed", sent_bytes=166, duration=0.002)

    async def a_round(ledger: Ledger | Nothing) -> float:
        began = time.process_time()
        for first in range(0, calls, _BATCH):
            await asyncio.gather(*(call(ledger, first + number) for number in range(_BATCH)))
        return (time.process_time() - began) / calls

    with tempfile.TemporaryDirectory() as folder:
        ledger = await Ledger.open(Path(folder) / "ledger")
        ledger.policy = "0123456789abcdef"
        rounds = [(await a_round(ledger), await a_round(Nothing())) for _ in range(9)]
        await ledger.close()
    kept, without = (float(sorted(one)[len(one) // 2]) for one in zip(*rounds, strict=True))
    return (kept - without) * 1e6 / 2


def main() -> None:
    """Measure what is asked for."""
    if sys.argv[1:] == ["imports"]:
        print(imports())
    else:
        import uvloop

        print(uvloop.run(records()))


if __name__ == "__main__":
    main()
