"""`durability: fsync`: an intent is on the device when `keep` returns.

One thread writes and waits for the device; intents that arrive meanwhile form the next batch and share its fsync. So
many waiting calls cost one flush, and a hung disk holds up a thread and not the event loop.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from yett import telemetry
from yett.errors import LedgerError
from yett.ledger.backlog import Backlog, Batch
from yett.ledger.direct import RETRY_SECONDS
from yett.ledger.journal import Journal, Seal
from yett.ledger.kept import Kept, Waiting

DEADLINE_SECONDS: Final = 2.0
"""For one intent, waiting included. A disk that takes longer counts as one that does not work."""

MAX_WAITING: Final = 10_000
"""Intents waiting for the device: as many as the listener has connections."""


class _Intent:
    """`timer` runs out at the deadline; without one, nobody waits any more."""

    __slots__ = ("record", "timer", "waiting")

    def __init__(self, record: bytes, waiting: Waiting) -> None:
        self.record = record
        self.waiting = waiting
        self.timer: asyncio.TimerHandle | None = None


class Group:
    """Group commit in a thread of its own. One batch at most is on its way; all other state is the event loop's."""

    def __init__(
        self,
        journal: Journal,
        backlog: Backlog,
        loop: asyncio.AbstractEventLoop,
        *,
        deadline: float = DEADLINE_SECONDS,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._journal = journal
        self._backlog = backlog
        self._loop = loop
        self._deadline = deadline
        self._max_waiting = max_waiting
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="yett-ledger")
        self._waiting: list[_Intent] = []
        self._running: asyncio.Future[None] | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._closed = False

    async def keep(self, intent: bytes) -> None:
        """Return when the record is on the device; raise `LedgerError` when it is not, or not in time."""
        waiting = Kept()
        taken = self._take(intent, waiting)
        try:
            await waiting.future
        except asyncio.CancelledError:
            self._abandon(taken)
            raise

    def take(self, intent: bytes, waiting: Waiting) -> None:
        """Write the record with the next batch, and tell `waiting`. Raises `LedgerError` while the disk refuses."""
        self._take(intent, waiting)

    def _take(self, record: bytes, waiting: Waiting) -> _Intent:
        if self._retry is not None:
            self._backlog.refuse()
            raise LedgerError(f"the ledger cannot be written: {self._backlog.why}")
        if len(self._waiting) >= self._max_waiting:
            self._backlog.refuse()
            raise LedgerError(f"{self._max_waiting} records are waiting for the ledger's disk")
        intent = _Intent(record, waiting)
        intent.timer = self._loop.call_later(self._deadline, self._overdue, intent)
        self._waiting.append(intent)
        self._kick()
        return intent

    def put(self, body: bytes, *, at_once: bool = False) -> None:  # noqa: ARG002 - the thread is always at once
        """Take a record that nobody waits for. Never raises: while the disk refuses, it waits in memory."""
        self._backlog.add(body)
        self._kick()

    async def hand_over(self, seal: Seal) -> None:
        """Go on under another key, after the batch that is on its way."""
        try:
            await self._loop.run_in_executor(self._thread, self._journal.hand_over, seal)
        except OSError as error:
            raise LedgerError(f"the ledger cannot be written: {error.strerror or type(error).__name__}") from error

    async def close(self) -> bool:
        """Write what waits, once more where the disk refused it so far. False when the disk hangs past the deadline."""
        self._stop_retrying()
        try:
            async with asyncio.timeout(self._deadline):
                self._kick()
                while self._running is not None:
                    await asyncio.wait([self._running])
        except TimeoutError:
            telemetry.warning("ledger.unwritable", why="the disk hangs; the last records may be missing")
        self._closed = True
        self._stop_retrying()
        self._thread.shutdown(wait=False)
        return self._running is None

    def _stop_retrying(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _overdue(self, intent: _Intent) -> None:
        intent.timer = None
        if intent in self._waiting:
            self._waiting.remove(intent)
        self._backlog.fail(f"the disk took longer than {self._deadline:g} s")
        self._backlog.refuse()
        intent.waiting.unkept(LedgerError(f"the ledger cannot be written: {self._backlog.why}"))

    def _abandon(self, intent: _Intent) -> None:
        """Nobody waits for this intent any more; it is written all the same, before the outcome that follows."""
        if intent.timer is not None:
            intent.timer.cancel()
            intent.timer = None
        if intent in self._waiting:
            self._waiting.remove(intent)
            self._backlog.add(intent.record)

    def _kick(self) -> None:
        """Send the next batch on its way, unless one is or the disk has just refused one."""
        if self._running is not None or self._retry is not None or self._closed:
            return
        if not self._waiting and not self._backlog:
            return
        waiting, self._waiting = self._waiting, []
        batch = self._backlog.batch(*[one.record for one in waiting])
        self._running = self._loop.run_in_executor(self._thread, self._journal.append, batch.bodies)
        self._running.add_done_callback(lambda done: self._landed(done, batch, waiting))

    def _landed(self, done: asyncio.Future[None], batch: Batch, waiting: list[_Intent]) -> None:
        self._running = None
        error = done.exception()
        if error is None:
            self._backlog.written(batch)
        else:
            self._refuse(error)
        for one in waiting:
            if one.timer is None:  # its caller left or its time was over
                continue
            one.timer.cancel()
            if error is None:
                one.waiting.kept()
            else:
                self._backlog.refuse()
                one.waiting.unkept(LedgerError(f"the ledger cannot be written: {self._backlog.why}"))
        self._kick()

    def _refuse(self, error: BaseException) -> None:
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        self._backlog.fail(why)
        self._retry = self._loop.call_later(RETRY_SECONDS, self._again)

    def _again(self) -> None:
        self._retry = None
        self._kick()
