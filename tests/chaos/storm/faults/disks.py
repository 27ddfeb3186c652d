"""Faults of the disk that the ledger is on."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from storm.caller import Answer
from storm.fault import Scale, fault
from storm.faults import strace
from storm.faults.strace import Strace
from storm.setting import Setting
from storm.stage import Stage

REFUSED = "5031"
"""The code of an answer that says that calls cannot be recorded."""
SLOW = 0.3
HANGS = 3.0


@cache
def cannot_mount() -> str:
    """Why a tmpfs of one's own cannot be had; empty when it can."""
    if os.geteuid() != 0:
        return "only root may mount a file system of its own"
    folder = Path(f"/tmp/yett-chaos-mount-{os.getpid()}")
    folder.mkdir()
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(folder)], capture_output=True, check=False)
        if mounted.returncode == 0:
            subprocess.run(["umount", str(folder)], capture_output=True, check=False)
        return "" if mounted.returncode == 0 else "mounting is not allowed here"
    finally:
        folder.rmdir()


@asynccontextmanager
async def refusing(stage: Stage, *, most: float = 0.5) -> AsyncIterator[None]:
    """What must hold while the ledger cannot be written, and once it can be again."""
    began = time.monotonic()
    yield
    ended = time.monotonic()
    # A call that began before the fault may still succeed; so may the very last, when the fault was already over.
    during = [one for one in stage.load.since(began + most) if one.ended < ended]
    passed = [one for one in during if one.fate == "success"]
    stage.expect(not passed, f"{len(passed)} calls succeeded while nothing could be recorded")
    refused = [one for one in during if one.fate == "refused" and REFUSED in one.why + str(one.status)]
    stage.expect(refused, "no call was refused for the ledger's sake")
    stage.measure(f"{len(refused)} calls refused")


async def recovered(stage: Stage) -> None:
    """Calls succeed again, and the gap is written down."""
    stage.within("well again after", await stage.until_well(), 1.0)
    gaps = stage.books.events("gap")
    stage.expect(gaps, "there is no gap record")
    stage.measure(f"{len(gaps)} gap records, for {sum(gap['refused'] for gap in gaps)} refused calls")


async def _health(stage: Stage, status: int) -> None:
    """Readiness says whether the ledger can be written."""
    for _ in range(100):
        found, _ = await stage.gateway.admin("GET", "/readyz")
        if found == status:
            return
        await asyncio.sleep(0.02)
    stage.expect(False, f"`/readyz` says {found}, not {status}")


@fault(
    "disk-full",
    "the ledger's file system has no space left (a tmpfs)",
    "calls are refused from the next one on, nothing is sent; well within 1 s of space, with a gap record",
    setting=Setting(mount="size=2m"),
    needs=cannot_mount,
)
async def _full(stage: Stage, scale: Scale) -> None:
    await stage.open()
    filler = stage.folder / "ledger" / "filler"
    for _ in range(3 if scale.long else 1):
        _fill(filler)
        async with refusing(stage):
            await _health(stage, 503)
            await asyncio.sleep(3.0 if scale.long else 1.2)
        filler.unlink()
        await recovered(stage)
        await _health(stage, 200)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        size = 1 << 16
        while size:
            try:
                file.write(b"x" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2


@fault(
    "file-too-large",
    "no file may grow any more (RLIMIT_FSIZE), which any user can test",
    "as with a full disk",
)
async def _too_large(stage: Stage, scale: Scale) -> None:
    await stage.open()
    for _ in range(3 if scale.long else 1):
        before = stage.gateway.limit(resource.RLIMIT_FSIZE, 1)
        async with refusing(stage):
            await _health(stage, 503)
            await asyncio.sleep(2.0 if scale.long else 1.0)
        stage.gateway.limit(resource.RLIMIT_FSIZE, before)
        await recovered(stage)


@fault(
    "short-write",
    "a write takes a part of the record only, and the rest is refused",
    "the part is taken back or left behind; the chain goes on in a new segment",
)
async def _short(stage: Stage, scale: Scale) -> None:
    await stage.open()
    for turn in range(20 if scale.long else 5):
        newest = _newest(stage)
        before = stage.gateway.limit(resource.RLIMIT_FSIZE, newest.stat().st_size + 37 * (turn + 1))
        for _ in range(200):
            if _newest(stage) != newest:
                break
            await asyncio.sleep(0.01)
        stage.gateway.limit(resource.RLIMIT_FSIZE, before)
        await stage.until_well()
    given_up = [one for one in stage.books.events("segment") if one.get("abandoned")]
    stage.expect(given_up, "no segment was given up")
    stage.measure(f"{len(given_up)} segments given up and followed by a new one")


def _newest(stage: Stage) -> Path:
    return max((stage.folder / "ledger").glob("*.jsonl"))


@fault(
    "write-eio",
    "writing and creating files fails with EIO",
    "as with a full disk; the segment is never written to again",
    needs=strace.missing,
)
async def _write_eio(stage: Stage, scale: Scale) -> None:
    await stage.open()
    for _ in range(3 if scale.long else 1):
        segment = _newest(stage)
        failing = ("write:error=EIO", "openat:error=EIO")
        async with Strace(stage.gateway.pid, *failing, paths=(segment, segment.parent)), refusing(stage, most=1.0):
            await asyncio.sleep(3.0 if scale.long else 2.0)
        size = segment.stat().st_size
        await recovered(stage)
        stage.expect(segment.stat().st_size <= size, "the segment was written to after it had failed")


@fault(
    "fsync-eio",
    "fsync fails with EIO (`durability: fsync`)",
    "calls are refused, nothing is sent; the segment is given up, not synced again; well when the disk is",
    setting=Setting(durability="fsync"),
    needs=strace.missing,
)
async def _fsync_eio(stage: Stage, scale: Scale) -> None:
    await stage.open()
    for _ in range(3 if scale.long else 1):
        segment = _newest(stage)
        async with Strace(stage.gateway.pid, "fdatasync:error=EIO"), refusing(stage, most=1.0):
            await asyncio.sleep(3.0 if scale.long else 2.0)
        size = segment.stat().st_size
        await recovered(stage)
        stage.expect(segment.stat().st_size <= size, "the segment was written to after it had failed")


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


@fault(
    "folder-closed",
    "a write fails once, and the ledger's folder cannot be written any more",
    "calls are refused, because no new segment can be begun; well when it can",
    setting=Setting(bound=True),
)
async def _closed(stage: Stage, scale: Scale) -> None:
    await stage.open()
    folder = stage.folder / "ledger"
    for _ in range(3 if scale.long else 1):
        folder.chmod(0o500)
        async with refusing(stage):
            before = stage.gateway.limit(resource.RLIMIT_FSIZE, 1)  # one write fails, and it wants a new segment
            await asyncio.sleep(0.3)
            stage.gateway.limit(resource.RLIMIT_FSIZE, before)
            await asyncio.sleep(2.5 if scale.long else 1.0)
        folder.chmod(0o700)
        await recovered(stage)


@fault(
    "folder-closed-at-start",
    "the ledger's folder cannot be written when the gateway starts",
    "it does not start: exit status 2 and one sentence",
    setting=Setting(bound=True, load=False),
    killed=True,
)
async def _closed_at_start(stage: Stage, scale: Scale) -> None:
    del scale
    await stage.gateway.start()
    await stage.gateway.surveyed("web")
    await stage.until_well()
    await stage.gateway.stop()
    folder = stage.folder / "ledger"
    folder.chmod(0o500)
    await stage.gateway.launch()
    status = await stage.gateway.ended()
    folder.chmod(0o700)
    said = stage.gateway.said().strip().splitlines()
    stage.expect(status == 2, f"the exit status was {status}")
    stage.expect(any("cannot be written" in line for line in said), f"it said {said}")
    stage.measure(said[-1].replace(str(stage.folder), "...") if said else "nothing was said")
