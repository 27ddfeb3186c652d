"""Faults of the disk that the ledger is on."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import subprocess
from functools import cache
from pathlib import Path

from storm.fault import Scale, fault
from storm.faults import strace
from storm.faults.outage import Outage, newest, readiness
from storm.faults.strace import Strace
from storm.setting import Setting
from storm.stage import Stage


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


@fault(
    "disk-full",
    "the ledger's file system has no space left (a tmpfs)",
    "calls are refused from the next one on, nothing is sent; well within 1 s of space, with a gap record",
    setting=Setting(mount="size=2m"),
    needs=cannot_mount,
)
async def _full(stage: Stage, scale: Scale) -> None:
    await stage.open()
    outage = Outage(stage)
    filler = stage.folder / "ledger" / "filler"
    for _ in range(3 if scale.long else 1):
        _fill(filler)
        async with outage.lasting():
            await readiness(stage, 503)
            await asyncio.sleep(3.0 if scale.long else 1.2)
        filler.unlink()
        await outage.over()
        await readiness(stage, 200)
    outage.told()


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
    outage = Outage(stage)
    for _ in range(3 if scale.long else 1):
        before = stage.gateway.limit(resource.RLIMIT_FSIZE, 1)
        async with outage.lasting():
            await readiness(stage, 503)
            await asyncio.sleep(2.0 if scale.long else 1.0)
        stage.gateway.limit(resource.RLIMIT_FSIZE, before)
        await outage.over()
    outage.told()


@fault(
    "short-write",
    "a write takes a part of the record only, and the rest is refused",
    "the part is taken back or left behind; the chain goes on in a new segment",
)
async def _short(stage: Stage, scale: Scale) -> None:
    await stage.open()
    for turn in range(20 if scale.long else 5):
        segment = newest(stage)
        before = stage.gateway.limit(resource.RLIMIT_FSIZE, segment.stat().st_size + 37 * (turn + 1))
        for _ in range(200):
            if newest(stage) != segment:
                break
            await asyncio.sleep(0.01)
        stage.gateway.limit(resource.RLIMIT_FSIZE, before)
        await stage.until_well()
    given_up = [one for one in stage.books.events("segment") if one.get("abandoned")]
    stage.expect(given_up, "no segment was given up")
    stage.measure(f"{len(given_up)} segments given up and followed by a new one")


@fault(
    "write-eio",
    "writing and creating files fails with EIO",
    "as with a full disk; the segment is never written to again",
    needs=strace.missing,
)
async def _write_eio(stage: Stage, scale: Scale) -> None:
    await stage.open()
    outage = Outage(stage)
    for _ in range(3 if scale.long else 1):
        segment = newest(stage)
        failing = ("write:error=EIO", "openat:error=EIO")
        async with Strace(stage.gateway.pid, *failing, paths=(segment, segment.parent)), outage.lasting(most=1.0):
            await asyncio.sleep(3.0 if scale.long else 2.0)
        size = segment.stat().st_size
        await outage.over()
        stage.expect(segment.stat().st_size <= size, "the segment was written to after it had failed")
    outage.told()


@fault(
    "folder-closed",
    "a write fails once, and the ledger's folder cannot be written any more",
    "calls are refused, because no new segment can be begun; well when it can",
    setting=Setting(bound=True),
)
async def _closed(stage: Stage, scale: Scale) -> None:
    await stage.open()
    outage = Outage(stage)
    folder = stage.folder / "ledger"
    for _ in range(3 if scale.long else 1):
        folder.chmod(0o500)
        async with outage.lasting():
            before = stage.gateway.limit(resource.RLIMIT_FSIZE, 1)  # one write fails, and it wants a new segment
            await asyncio.sleep(0.3)
            stage.gateway.limit(resource.RLIMIT_FSIZE, before)
            await asyncio.sleep(2.5 if scale.long else 1.0)
        folder.chmod(0o700)
        await outage.over()
    outage.told()


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
