"""The usual exchange: a modern request and its one JSON reply. Nothing of it waits, so nothing of it needs a task.

`conductor.conduct()` is the rule, and this is its short form (decision 0015): the ledger and the upstream call back.
Whatever does not go the usual way goes on as `conduct()` has it: refusals from the start, everything else (a stream, an
answer in pieces, no idle connection) from where it stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from yett import telemetry
from yett.config.runtime import Runtime
from yett.core.exchange import Era
from yett.core.message import Message, Reply, Request
from yett.core.pipeline import Cleared
from yett.core.verdict import Deny
from yett.enforce.blame import FAILED_INSIDE, LEDGER_UNWRITABLE, blame
from yett.enforce.conductor import cannot_be_sent, judged_reply, lasts, note_reply, recorded
from yett.enforce.course import Course
from yett.enforce.establish import Established
from yett.enforce.http_delivery import HttpDelivery
from yett.enforce.inbound import Inbound
from yett.errors import LedgerError, PeerError, UpstreamError, YettError
from yett.upstream.upstream import Arrival, Asked, Call, Prompt
from yett.wire.client import Response

_UNSENT: Final = "the client left before anything was sent"
_MODERN: Final = Era.MODERN


class PlainCall(asyncio.Future[None]):
    """One exchange from its intent to its outcome; done when nothing of it runs any more.

    A future, so that whoever waits for exchanges to end waits for this one as well, and ends it with `cancel()`.
    """

    __slots__ = (
        "_asked",
        "_call",
        "_cleared",
        "_course",
        "_delivery",
        "_entered",
        "_left",
        "_over",
        "_task",
        "_upstream",
    )

    def __init__(
        self,
        upstream: Prompt,
        course: Course,
        delivery: HttpDelivery,
        cleared: Cleared[Message],
        call: Call,
        over: Callable[[HttpDelivery], object],
    ) -> None:
        asyncio.Future.__init__(self)  # `super()` takes 80 ns more
        self._upstream = upstream
        self._course = course
        self._delivery = delivery
        self._cleared = cleared
        self._call = call
        self._over = over
        self._asked: Asked | None = None
        self._task: asyncio.Task[None] | None = None
        self._entered = False
        self._left = False

    # What the ledger calls.

    def kept(self) -> None:
        """Send: the intent is recorded."""
        course, call = self._course, self._call
        if self._left:
            course.detail = self._delivery.cut or _UNSENT
            self._end()
            return
        course.watch(self.get_loop())  # asking which loop runs costs 170 ns
        try:
            self._asked = self._upstream.ask(self._cleared, call, self)
            if self._asked is None:
                self._go_on(self._upstream.open(self._cleared, call))
        except Exception as error:  # noqa: BLE001 - as in the conductor: a fault of ours is answered and recorded
            self._fail(error)

    def unkept(self, error: LedgerError) -> None:
        """Refuse: what cannot be recorded is not sent."""
        telemetry.warning("ledger.unwritable", exchange=self._course.exchange.id, error=str(error))
        if not self._left:
            _at_once(self._course.refuse(Deny(reason=LEDGER_UNWRITABLE, detail=str(error))))
        self._let_go()

    # What the upstream's connection calls.

    def take(self, response: Response) -> bool:
        """Answer with the reply, if this is it; every other answer goes on in a task."""
        asked = self._asked
        if asked is None or self.done():
            return False
        try:
            arrival = asked.arrival(response)
            if arrival is None:
                self._go_on(asked.stream(response))
                return True
            self._reply(arrival)
            asked.release()
        except Exception as error:  # noqa: BLE001 - as above
            asked.abort()
            self._fail(error)
        else:
            self._end()
        return True

    def fail(self, error: PeerError | UpstreamError) -> None:
        """Answer for an upstream that does not."""
        self._fail(error)

    # What whoever ends exchanges calls: the client's connection, the time limit, a revocation, the end of the gateway.

    def cancel(self, msg: Any | None = None) -> bool:
        """End it. An intent that is on its way to the disk is waited for: its outcome must follow it."""
        if self.done():
            return False
        if self._task is not None:
            return self._task.cancel(msg)
        if self._asked is None:
            self._left = True
            return True
        self._asked.abort()
        if self._course.overdue:
            self._fail(TimeoutError())
        else:
            self._course.detail = self._delivery.cut or "the client left"
            self._end()
        return True

    def uncancel(self) -> int:
        """Return how often it is still cancelled: never, for that ends it at once."""
        return 0

    def _reply(self, arrival: Arrival) -> None:
        course, message = self._course, arrival.message
        if type(message) is not Reply:
            raise TypeError("an answer without a reply")
        cleared = judged_reply(course, message, arrival.encoded)
        if type(cleared) is Deny:
            _at_once(course.fail(cleared))
            course.replied = True
            return
        note_reply(course, message)
        self._delivery.reply(cleared, arrival.status)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, YettError | TimeoutError):
            deny = blame(error)
        else:
            telemetry.warning("exchange.broke", exchange=self._course.exchange.id, error=type(error).__name__)
            deny = Deny(reason=FAILED_INSIDE, detail=type(error).__name__)
        _at_once(self._course.fail(deny))
        self._end()

    def _go_on(self, stream: AbstractAsyncContextManager[AsyncIterator[Arrival]]) -> None:
        """Leave the rest to the conductor."""
        self._task = self._delivery.task = self.get_loop().create_task(self._conducted(stream))
        self._task.add_done_callback(self._went_on)

    async def _conducted(self, stream: AbstractAsyncContextManager[AsyncIterator[Arrival]]) -> None:
        self._entered = True
        await recorded(self._course, stream)

    def _went_on(self, task: asyncio.Task[None]) -> None:
        if not self._entered:  # cancelled before its first step
            if self._asked is not None:
                self._asked.abort()
            self._course.detail = self._delivery.cut or "the client left"
            self._course.write_outcome()
        elif not task.cancelled() and (error := task.exception()) is not None:
            telemetry.warning("exchange.broke", exchange=self._course.exchange.id, error=type(error).__name__)
        self._let_go()

    def _end(self) -> None:
        self._course.write_outcome()
        self._let_go()

    def _let_go(self) -> None:
        course = self._course
        course.rest()
        course.runtime.counters.leave(course.exchange.principal, course.exchange.server)
        delivery = self._delivery
        self._over(delivery)
        self.set_result(None)
        delivery.task = None  # each holds the other: without this, only the garbage collector could free them
        delivery.over()


def begin(
    upstream: Prompt,
    established: Established,
    delivery: HttpDelivery,
    inbound: Inbound,
    over: Callable[[HttpDelivery], object],
) -> PlainCall | None:
    """Begin an exchange in this way; `None` where it does not go the usual way: nothing has happened then.

    `over` is called at its end, with `delivery`.
    """
    exchange, runtime, lane = established.exchange, delivery.runtime, established.lane
    if lane is None and (not _is_usual(established) or lasts(exchange.request)):
        return None
    judgement = runtime.pipeline.check_request(exchange, lane.prepared if lane is not None else None)
    cleared = judgement.verdict
    if type(cleared) is Deny or _cannot_be_sent(runtime, established, cleared):
        return None
    if runtime.counters.enter(exchange.principal, exchange.server).spent:
        return None
    course = Course(runtime, established, delivery, inbound.started, inbound.preface.credentials)
    course.trail = judgement.trail
    delivery.exchange = exchange
    if lane is not None:
        call = lane.call
    else:
        call = Call(era=_MODERN, version=exchange.version, tool=exchange.tool, caller=course.caller)
        if established.likeness is not None and established.story is not None:
            inbound.preface.lanes.keep(runtime, exchange, established.story, established.likeness, call)
    plain = delivery.task = PlainCall(upstream, course, delivery, cleared, call, over)
    try:
        # Alike is what was prepared alike, as long as no other guard had something to say about this one.
        like = lane if lane is not None and judgement.trail is lane.prepared.trail else None
        runtime.ledger.take_intent(exchange, judgement.trail, plain, like)
    except LedgerError as error:
        plain.get_loop().call_soon(plain.unkept, error)
    return plain


def _cannot_be_sent(runtime: Runtime, established: Established, cleared: Cleared[Message]) -> bool:
    """What the conductor asks of a cleared message; of calls alike once, where no header mirrors an argument."""
    exchange, lane = established.exchange, established.lane
    offer = runtime.offers.get(exchange.server)
    if lane is not None and offer is not None and offer is lane.offer:
        return False
    if cannot_be_sent(runtime, established, exchange, cleared) is not None:
        return True
    if lane is not None and not lane.tool.mirrored:
        lane.offer = offer
    return False


def _is_usual(established: Established) -> bool:
    exchange = established.exchange
    return (
        established.deny is None
        and established.pending is None
        and established.session is None
        and exchange.era is _MODERN
        and type(exchange.request) is Request
    )


def _at_once(saying: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that has nothing to wait for: an answer that is sent whole never waits for its client."""
    try:
        saying.send(None)
    except StopIteration:
        return
    saying.close()
    raise RuntimeError("a whole answer waited")
