"""A fault: what is broken, what must hold, and how it is done; and one row of the table that comes of it."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from storm.gateway import Nursery
from storm.setting import Setting
from storm.stage import Stage

AT_ONCE: Final = 4
"""Faults side by side in the short form: most of their time is waiting."""


@dataclass(frozen=True)
class Scale:
    """How much of everything: the long form, the short one, or what was asked for."""

    long: bool = True
    kills: int = 200
    seed: int = 1
    slack: float = 1.0


Work: TypeAlias = Callable[[Stage, Scale], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """One fault. `needs` says why it cannot be done here; empty when it can."""

    key: str
    what: str
    must: str
    work: Work
    setting: Setting
    short: bool
    killed: bool
    needs: Callable[[], str]


@dataclass
class Row:
    """What came of a fault."""

    fault: Fault
    skipped: str = ""
    measured: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        """One word."""
        return "skipped" if self.skipped else "NO" if self.problems else "ok"


FAULTS: dict[str, Fault] = {}


def fault(
    key: str,
    what: str,
    must: str,
    *,
    setting: Setting | None = None,
    short: bool = True,
    killed: bool = False,
    needs: Callable[[], str] = str,
) -> Callable[[Work], Work]:
    """Register a fault. The work begins before the gateway does, and calls `stage.open()` when it wants it."""

    def register(work: Work) -> Work:
        FAULTS[key] = Fault(key, what, must, work, setting or Setting(), short, killed, needs)
        return work

    return register


async def suffer_all(
    keys: Sequence[str],
    scale: Scale,
    *,
    at_once: int = 1,
    keep: Path | None = None,
    show: Callable[[Row], None] = lambda _row: None,
) -> list[Row]:
    """Suffer many faults, each on a stage of its own, so many side by side; show each row when it is known."""
    places = asyncio.Semaphore(at_once)

    async def one(key: str, nursery: Nursery) -> Row:
        async with places:
            row = await suffer(FAULTS[key], nursery, scale, keep)
            show(row)
            return row

    async with Nursery() as nursery:
        return list(await asyncio.gather(*(one(key, nursery) for key in keys)))


async def suffer(one: Fault, nursery: Nursery, scale: Scale, keep: Path | None = None) -> Row:
    """Have a gateway suffer one fault, and judge what came of it."""
    row, began = Row(one), time.monotonic()
    row.skipped = one.needs()
    if row.skipped:
        return row
    folder = Path(tempfile.mkdtemp(prefix=f"yett-chaos-{one.key}-"))
    try:
        async with Stage(folder, nursery, one.setting, slack=scale.slack, brief=not scale.long) as stage:
            row.measured, row.problems = stage.measured, stage.problems
            await one.work(stage, scale)
            finding = await stage.close(killed=one.killed)
            if not one.killed:
                stage.measure(f"{finding.effects} effects, {finding.successes} successes, {finding.records} records")
            if hasattr(stage, "after"):
                stage.measure(f"{stage.before} before; {stage.after} after")
    except Exception as error:  # noqa: BLE001 - whatever it is, the other faults have their turn
        row.problems.append(f"it could not be carried out: {type(error).__name__}: {error}")
        traceback.print_exc()
    finally:
        if keep is not None and row.problems:
            shutil.copytree(folder, keep / one.key, dirs_exist_ok=True)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    row.seconds = time.monotonic() - began
    return row
