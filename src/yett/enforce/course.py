"""How one exchange went so far, and its steps in the ledger and to the caller: intent, refusal, failure, outcome."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Final

from yett import telemetry
from yett.config.runtime import Runtime
from yett.core.message import Reply
from yett.core.pipeline import Remark, Trail
from yett.core.verdict import Deny
from yett.enforce.delivery import Delivery
from yett.enforce.establish import Established
from yett.errors import DownstreamGone, LedgerError
from yett.identity.credentials import Credentials
from yett.protocol import session as table
from yett.state.sessions import Session
from yett.upstream.caller import Caller
from yett.wire.deadlines import NEVER

_NONE: Final = Credentials()


class Course:
    """What the outcome record will say. Watched by `runtime.deadlines` while it `lasts`."""

    __slots__ = (
        *(
            "credentials",
            "deadline",
            "delivery",
            "detail",
            "established",
            "exchange",
            "overdue",
            "remarks",
            "replied",
            "resumable",
        ),
        *("runtime", "session", "started", "status", "trail"),
    )

    def __init__(
        self,
        runtime: Runtime,
        established: Established,
        delivery: Delivery,
        started: float,
        credentials: Credentials | None = None,
    ) -> None:
        self.credentials = credentials or _NONE
        self.runtime = runtime
        self.established = established
        self.exchange = established.exchange
        self.session = established.session
        self.delivery = delivery
        self.started = started
        self.trail: Trail = ()
        self.remarks: list[Remark] = []
        self.status = "aborted"
        self.detail = ""
        self.replied = False
        self.resumable = False
        self.deadline = NEVER
        self.overdue = False

    @property
    def caller(self) -> Caller:
        """On whose behalf the server is asked."""
        return Caller(principal=self.exchange.principal, credentials=self.credentials)

    @property
    def opening(self) -> Session | None:
        """The session that this exchange is about to open."""
        session = self.session
        return session if session is not None and session.stage is table.Stage.INITIALIZING else None

    # One timer looks after all calls: a timer of its own (`asyncio.timeout`) costs each call 3.3 us.

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the call's time limit run."""
        self.deadline = loop.time() + self.runtime.timeout
        self.runtime.deadlines.add(self)

    def rest(self) -> None:
        """Let it run no more."""
        self.runtime.deadlines.discard(self)

    def expire(self) -> None:
        """End what took too long; `took_too_long()` then tells this end from the client's."""
        self.deadline = NEVER
        self.overdue = True
        if self.delivery.task is not None:
            self.delivery.task.cancel()

    def took_too_long(self) -> bool:
        """Whether a cancellation was the time limit's alone. Asked once: it takes the cancellation back."""
        task = self.delivery.task
        return self.overdue and task is not None and not task.uncancel()

    async def intend(self) -> bool:
        """Record the intent; false where a reload dismissed the stream meanwhile, which is recorded as never sent."""
        try:
            await self.runtime.ledger.intent(self.exchange, self.trail)
        except asyncio.CancelledError:
            if not self.delivery.dismissed:
                raise
            await self.say_farewell()
            return False
        return True

    async def refuse(self, deny: Deny) -> None:
        """Say no before anything went upstream: one record, one answer."""
        exchange = self.exchange
        telemetry.DECISIONS.add(exchange.server, "denied", deny.reason.code)
        try:
            await self.runtime.ledger.refusal(exchange, deny, self.trail)
        except LedgerError as error:
            telemetry.warning("ledger.unwritable", exchange=exchange.id, error=str(error))
        await self.delivery.refuse(deny, exchange)

    async def fail(self, deny: Deny) -> None:
        """Answer for what went wrong after the intent; the outcome record says it too."""
        self.status = "failed"
        self.detail = f"{deny.reason.code}: {deny.detail}" if deny.detail else deny.reason.code
        with suppress(DownstreamGone):
            await self.delivery.refuse(deny, self.exchange)

    async def say_farewell(self) -> None:
        """End a stream because we have to, not because anybody may not have it any more."""
        if self.delivery.task is not None:
            self.delivery.task.uncancel()
        self.status = "allowed"
        with suppress(DownstreamGone):
            await self.delivery.farewell(self.exchange)

    def write_outcome(self) -> None:
        """Record and count how it ended."""
        exchange = self.exchange
        seconds = time.monotonic() - self.started
        request = exchange.request
        telemetry.DECISIONS.add(exchange.server, self.status, "")
        method = "reply" if type(request) is Reply else request.method
        telemetry.OPERATIONS.observe(exchange.server, method, self.status, seconds=seconds)
        try:
            self.runtime.ledger.outcome(
                exchange, status=self.status, detail=self.detail, trail=tuple(self.remarks), duration=seconds
            )
        except LedgerError as error:
            telemetry.warning("ledger.unwritable", exchange=exchange.id, error=str(error))
