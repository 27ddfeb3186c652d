"""Faults of fsync, with a ledger that waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from storm.caller import Answer
from storm.fault import Scale, fault
from storm.faults import strace
from storm.faults.outage import REFUSED, Outage, newest
from storm.faults.strace import Strace
from storm.setting import Setting
from storm.stage import Stage

SLOW: Final = 0.3
HANGS: Final = 3.0


@fault(
    "fsync-eio",
    "fsync fails with EIO (`durability: fsync`)",
    "calls are refused, nothing is sent; the segment is given up, not synced again; well when the disk is",
    setting=Setting(durability="fsync"),
    needs=strace.missing,
)
async def _fsync_eio(stage: Stage, scale: Scale) -> None:
    await stage.open()
    outage = Outage(stage)
    for _ in range(3 if scale.long else 1):
        segment = newest(stage)
        async with Strace(stage.gateway.pid, "fdatasync:error=EIO"), outage.lasting(most=1.0):
            await asyncio.sleep(3.0 if scale.long else 2.0)
        size = segment.stat().st_size
        await outage.over()
        stage.expect(segment.stat().st_size <= size, "the segment was written to after it had failed")
    outage.told()


@fault(
    "fsync-once-eio",
    "a single fsync fails and the next ones succeed (the trap of fsync)",
    "the segment is given up all the same; one batch of calls is refused at most",
    setting=Setting(durability="fsync"),
    needs=strace.missing,
    short=False,
)
async def _fsync_once(stage: Stage, scale: Scale) -> None:
    del scale
    await stage.open()
    for _ in range(5):
        segments = len(stage.books.events("segment"))
        async with Strace(stage.gateway.pid, "fdatasync:error=EIO:when=3"):
            await asyncio.sleep(0.8)
        await stage.until_well()
        given_up = [one for one in stage.books.events("segment")[segments:] if one.get("abandoned")]
        stage.expect(len(given_up) == 1, f"{len(given_up)} segments were given up")
    gaps = stage.books.events("gap")
    stage.measure(f"{len(gaps)} gaps, {sum(gap['refused'] for gap in gaps)} calls refused")


@fault(
    "fsync-slow",
    "every fsync takes 300 ms (`durability: fsync`)",
    "no call fails; no effect comes before its fsync has returned",
    setting=Setting(durability="fsync"),
    needs=strace.missing,
)
async def _fsync_slow(stage: Stage, scale: Scale) -> None:
    await stage.open()
    async with Strace(stage.gateway.pid, f"fdatasync:delay_enter={int(SLOW * 1e6)}"):
        began = time.monotonic()
        await asyncio.sleep(6.0 if scale.long else 2.5)
        ended = time.monotonic()
    during = [one for one in stage.load.since(began) if one.ended < ended]
    stage.no_failures(during)
    waits = _waits(stage, during)
    stage.expect(waits and min(waits) >= SLOW, f"an effect came {min(waits, default=0):.3f} s after its intent")
    stage.measure(f"intent to effect at least {min(waits, default=0) * 1000:.0f} ms")


@fault(
    "fsync-hangs",
    "fsync takes 3 s, longer than the deadline of 2 s",
    "calls are refused when the deadline is over and nothing is sent; streams and health go on; well afterwards",
    setting=Setting(durability="fsync"),
    needs=strace.missing,
)
async def _fsync_hangs(stage: Stage, scale: Scale) -> None:
    await stage.open()
    holding = asyncio.create_task(stage.call("hold", ms=4000))
    await stage.held(1)
    async with Strace(stage.gateway.pid, f"fdatasync:delay_enter={int(HANGS * 1e6)}"):
        began = time.monotonic()
        await asyncio.sleep(8.0 if scale.long else 4.5)
        alive = time.monotonic()
        status, _ = await stage.gateway.admin("GET", "/livez")
        stage.within("health answers after", time.monotonic() - alive, 0.5)
        stage.expect(status == 200, "health does not answer")
        ended = time.monotonic()
    stage.within("well again after", await stage.until_well(), 4.0)
    held = await holding
    stage.expect(held.fate == "success", f"a stream that was open is {held.fate}: {held.why}")
    during = [one for one in stage.load.since(began) if one.ended < ended and one.fate == "refused"]
    refused = [one for one in during if REFUSED in one.why + str(one.status)]
    stage.expect(refused, "no call was refused for the ledger's sake")
    stage.within(f"{len(refused)} calls refused after", [one.seconds for one in refused], 2.5)


def _waits(stage: Stage, answers: Sequence[Answer]) -> list[float]:
    """Seconds between intent and effect."""
    happened = {effect["nonce"]: effect["mono"] for effect in stage.books.effects()}
    waits = []
    for answer in answers:
        if answer.nonce in happened:
            intents = stage.books.of(answer).intents
            waits += [(happened[answer.nonce] - intent["mono"]) / 1e9 for intent in intents]
    return waits
