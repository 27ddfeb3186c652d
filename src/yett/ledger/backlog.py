"""Records that nobody waits for until they are written, and the account of what the ledger missed meanwhile."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from yett import telemetry
from yett.ledger.scribe import Scribe

MAX_BYTES: Final = 8 * 1024 * 1024
"""Of waiting records: some 20,000 outcomes, so that calls in flight when a disk fills up are not forgotten."""


class Batch(Struct, frozen=True, kw_only=True):
    """What to write now, and how much of the backlog that settles."""

    bodies: list[bytes]
    settled: int
    refused: int
    lost: int


class Backlog:
    """Outcomes, refusals and events in their order, bounded; and the gap, while the ledger cannot be written."""

    def __init__(self, scribe: Scribe, max_bytes: int = MAX_BYTES) -> None:
        self.why = ""
        self._scribe = scribe
        self._max_bytes = max_bytes
        self._bodies: list[bytes] = []
        self._bytes = 0
        self._since = ""
        self._refused = 0
        self._lost = 0

    def __bool__(self) -> bool:
        return bool(self._bodies or self.why)

    def add(self, body: bytes) -> None:
        """Take a record that is written when it can be; beyond the bound it is only counted."""
        if self._bytes + len(body) > self._max_bytes:
            self.fail(self.why or "more records are waiting than fit into memory")
            self._lost += 1
            return
        self._bodies.append(body)
        self._bytes += len(body)

    def fail(self, why: str) -> None:
        """The ledger could not be written. The first time begins a gap."""
        if not self.why:
            self._since = self._scribe.now()["at"]
            telemetry.LEDGER_HEALTHY.set(value=0)
            telemetry.warning("ledger.unwritable", why=why)
        self.why = why

    def refuse(self) -> None:
        """Count a call that was refused because its intent could not be kept."""
        self._refused += 1

    def batch(self, *intents: bytes) -> Batch:
        """What waits, then the gap, where there is one, then `intents`. It stays here until it is `written`."""
        bodies = self._bodies.copy()
        if self.why:
            bodies.append(self._scribe.gap(since=self._since, why=self.why, refused=self._refused, lost=self._lost))
        return Batch(bodies=[*bodies, *intents], settled=len(self._bodies), refused=self._refused, lost=self._lost)

    def written(self, batch: Batch) -> None:
        """Forget what `batch` settled. What happened since it was made begins a gap of its own."""
        if batch.settled == len(self._bodies):
            self._bytes = 0
            self._bodies.clear()
        else:
            self._bytes -= sum(map(len, self._bodies[: batch.settled]))
            del self._bodies[: batch.settled]
        self._refused -= batch.refused
        self._lost -= batch.lost
        if self._refused or self._lost:
            self._since = self._scribe.now()["at"]
        elif self.why:
            self.why = ""
            telemetry.LEDGER_HEALTHY.set(value=1)
            telemetry.event("ledger.writable", refused=batch.refused, lost=batch.lost)
