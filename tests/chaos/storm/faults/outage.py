"""An outage of the ledger: what must hold while it cannot be written, and how it is written down afterwards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from storm.stage import Stage

REFUSED: Final = "5031"
"""The code of an answer that says that calls cannot be recorded."""


class Outage:
    """Times in which the ledger cannot be written: what must hold meanwhile, and afterwards."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._refused = 0
        self._took: list[float] = []

    @asynccontextmanager
    async def lasting(self, *, most: float = 0.5) -> AsyncIterator[None]:
        """Nothing gets through within, `most` seconds after its beginning at the latest."""
        stage, began = self._stage, time.monotonic()
        yield
        ended = time.monotonic()
        during = [one for one in stage.load.since(began + most) if one.ended < ended]
        passed = [one for one in during if one.fate == "success"]
        stage.expect(not passed, f"{len(passed)} calls succeeded while nothing could be recorded")
        refused = [one for one in during if one.fate == "refused" and REFUSED in one.why + str(one.status)]
        stage.expect(refused, "no call was refused for the ledger's sake")
        self._refused += len(refused)

    async def over(self) -> None:
        """Calls succeed again."""
        self._took.append(await self._stage.until_well())

    def told(self) -> None:
        """Measure; and every outage must be written down."""
        stage = self._stage
        gaps = stage.books.events("gap")
        stage.expect(len(gaps) >= len(self._took), f"{len(gaps)} gap records for {len(self._took)} outages")
        stage.measure(f"{len(self._took)} outages, {self._refused} calls refused within")
        stage.within("well again after", self._took, 1.0)
        stage.measure(f"{len(gaps)} gap records, for {sum(gap['refused'] for gap in gaps)} refused calls in all")


async def readiness(stage: Stage, status: int) -> None:
    """Readiness says whether the ledger can be written."""
    for _ in range(100):
        found, _ = await stage.gateway.admin("GET", "/readyz")
        if found == status:
            return
        await asyncio.sleep(0.02)
    stage.expect(False, f"`/readyz` says {found}, not {status}")


def newest(stage: Stage) -> Path:
    """The segment that is written to."""
    return max((stage.folder / "ledger").glob("*.jsonl"))
