"""The stdio mode: one client on a pipe, a line a message; the same exchanges as over HTTP, without headers.

What HTTP says around a message is said here by the pipe itself: it is one caller, and at most one legacy session, whose
general stream is always open. Leaving cancels a modern call over HTTP; on a pipe `notifications/cancelled` does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from random import SystemRandom
from typing import Final

from yett import telemetry
from yett.config.runtime import Runtime
from yett.core.exchange import Channel, Entrance, Era, Exchange
from yett.core.message import Id, Message, Notification, Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.enforce.conductor import conduct, lasts
from yett.enforce.inbound import ExchangeIds, Inbound, Verb
from yett.enforce.piped_preface import PipedPreface
from yett.enforce.recheck import Running, recheck
from yett.enforce.stdio_delivery import StdioDelivery, Write
from yett.errors import DownstreamGone, LedgerError
from yett.identity.credentials import Credentials
from yett.protocol import jsonrpc
from yett.protocol.session import Stage
from yett.state.sessions import Session, owner_of
from yett.upstream.lines import Lines, Overlong

NO_LONGER_ALLOWED = Reason(
    code="stdio.no-longer-allowed", kind=Kind.DENIED, public="this was allowed when it began, and is not any more"
)
LINE_TOO_LONG = Reason(code="stdio.line", kind=Kind.HTTP_TOO_LARGE, public="the line is longer than a message may be")

AT_ONCE: Final = 1_000
"""Lines that are being answered; then the next one is not read before one of them is done."""
_CANCELLED: Final = "notifications/cancelled"
_INITIALIZED: Final = "notifications/initialized"
_INITIALIZE: Final = "initialize"
_LISTEN_AGAIN_SECONDS: Final = 1.0


class Stdio:
    """Serves one client from `serve()` to the end of its input. `credentials` are what the pipe shows of its caller."""

    def __init__(
        self,
        runtime: Runtime,
        server: str,
        write: Write,
        credentials: Credentials,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.runtime = runtime
        self._server = server
        self._write = write
        self._credentials = credentials
        self._clock = clock
        self._ids = ExchangeIds(SystemRandom())
        self._channel = Channel(entrance=Entrance.STDIO, peer="")
        self.over = asyncio.Event()
        """The session's server has ended, and with it all that this pipe is good for."""
        self._session: Session | None = None
        self._closing = False
        self._running: dict[StdioDelivery, Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._before: asyncio.Task[None] | None = None

    async def serve(self, chunks: AsyncIterator[bytes]) -> None:
        """Take every line there is. Returns at the end of the input; calls may still run then."""
        lines = Lines(self.runtime.bounds.bytes)
        async for chunk in chunks:
            for line in lines.feed(chunk):
                await self._places.acquire()
                self._take(line)

    async def finish(self, seconds: float) -> None:
        """Let running calls end for so many seconds, then end what is left. Streams without an end get theirs now."""
        self._closing = True
        for one in list(self._running.values()):
            exchange = one.delivery.exchange
            if exchange is not None and lasts(exchange.request):
                one.delivery.cut, one.delivery.dismissed = "the client's input has ended", True
                one.end()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def recheck(self) -> int:
        """End what would be refused if it came now; return how much that was."""
        return recheck(self.runtime, self._running.values(), self._clock())

    def _take(self, line: bytes | Overlong) -> None:
        """Begin to answer a line. What changes the session is done before anything that comes after it."""
        parsed = None if isinstance(line, Overlong) else jsonrpc.parse(line, self.runtime.bounds)
        message = None if parsed is None or isinstance(parsed, Deny) else parsed.message
        before = self._before
        if isinstance(line, Overlong):
            work = self._refuse(Deny(reason=LINE_TOO_LONG))
        else:
            work = self._answer(line, message, before)
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        # Requests run side by side; what expects no answer, and the handshake, keep the order in which they came.
        if not isinstance(message, Request) or message.method == _INITIALIZE:
            self._before = task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._places.release()
        if self._before is task:
            self._before = None
        error = None if task.cancelled() else task.exception()
        if error is not None:
            telemetry.warning("exchange.broke", error=type(error).__name__)

    async def _answer(self, line: bytes, message: Message | None, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        delivery = StdioDelivery(self._write, self.runtime, message)
        await self._conducted(line, Verb.SAY, delivery)
        self._note_session(delivery)
        if delivery.taken and isinstance(message, Notification):
            self._follow(message, delivery.exchange)

    def _note_session(self, delivery: StdioDelivery) -> None:
        """A failed handshake opens no session, and its client may try again; a session that has ended is the end."""
        exchange = delivery.exchange
        if delivery.opened_session and exchange is not None:
            owner = owner_of(exchange.principal)
            self._session = self.runtime.sessions.find(delivery.opened_session, owner, self._server)
        elif self._session is not None and self._session.stage is Stage.ENDED:
            self.over.set()

    def _follow(self, message: Notification, exchange: Exchange | None) -> None:
        """What a notification means to the pipe itself, once it was let through."""
        modern = exchange is not None and exchange.era is Era.MODERN
        if message.method == _CANCELLED and modern:
            self._cancel((message.params or {}).get("requestId"))
        elif message.method == _INITIALIZED and not modern:
            task = asyncio.get_running_loop().create_task(self._listen())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _cancel(self, cancelled: Id | None) -> None:
        for one in list(self._running.values()):
            exchange = one.delivery.exchange
            request = exchange.request if exchange is not None else None
            # `1` and `true`, `1` and `1.0` are equal and not the same.
            if isinstance(request, Request) and type(request.id) is type(cancelled) and request.id == cancelled:
                one.end()

    async def _listen(self) -> None:
        """Pass on what the session's server says outside of calls, for as long as the session lasts."""
        while True:
            delivery = StdioDelivery(self._write, self.runtime, None)
            delivery.asked = Notification(method="")  # nobody waits for an answer
            await self._conducted(b"", Verb.LISTEN, delivery)
            if self._session is None or self._session.stage is Stage.ENDED:
                self.over.set()
                return
            if self._closing or delivery.refused or (delivery.cut and not delivery.dismissed):
                return
            await asyncio.sleep(_LISTEN_AGAIN_SECONDS)

    async def _conducted(self, line: bytes, verb: Verb, delivery: StdioDelivery) -> None:
        received_at = self._clock()
        inbound = Inbound(
            id=self._ids.next(received_at),
            received_at=received_at,
            started=time.monotonic(),
            verb=verb,
            preface=PipedPreface(
                self._channel, self._server, self._credentials, "" if self._session is None else self._session.id
            ),
            body=line,
        )
        self._running[delivery] = Running(delivery=delivery, credentials=self._credentials)
        try:
            while not await self._through(inbound, delivery):
                delivery.anew = False
        finally:
            del self._running[delivery]
        if delivery.cut and not delivery.dismissed and delivery.exchange is not None:
            # Over HTTP the connection ends; on a pipe, only an answer tells the client that nothing more comes.
            with suppress(DownstreamGone):
                await delivery.refuse(Deny(reason=NO_LONGER_ALLOWED, detail=delivery.cut), delivery.exchange)

    async def _through(self, inbound: Inbound, delivery: StdioDelivery) -> bool:
        """Conduct a message. False where that is to be done again, because what holds changed before it was judged."""
        try:
            await conduct(self.runtime, inbound, delivery)
        except DownstreamGone:
            return True
        except asyncio.CancelledError:
            if delivery.task is None or delivery.task.uncancel():
                raise
            return not delivery.anew
        return True

    async def _refuse(self, deny: Deny) -> None:
        received_at = self._clock()
        exchange = Exchange(
            id=self._ids.next(received_at), received_at=received_at, channel=self._channel, server=self._server
        )
        telemetry.DECISIONS.add(exchange.server, "denied", deny.reason.code)
        try:
            await self.runtime.ledger.refusal(exchange, deny)
        except LedgerError as error:
            telemetry.warning("ledger.unwritable", exchange=exchange.id, error=str(error))
        with suppress(DownstreamGone):
            await StdioDelivery(self._write, self.runtime, None).refuse(deny, exchange)
