"""`conduct()`: one exchange from its first byte to its last record. The same for every mode."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from yett import telemetry
from yett.config.runtime import Runtime
from yett.core.exchange import Era, Exchange
from yett.core.message import Message, Notification, Reply, Request
from yett.core.pipeline import Cleared, Remark, Trail
from yett.core.verdict import Deny
from yett.enforce.blame import FAILED_INSIDE, LEDGER_UNWRITABLE, TOO_MANY_AT_ONCE, UPSTREAM_SILENT, blame
from yett.enforce.delivery import Delivery
from yett.enforce.establish import ERA_NOT_SPOKEN, LISTEN, Established, establish
from yett.enforce.inbound import Inbound, Verb
from yett.enforce.judging import judged
from yett.errors import DownstreamGone, LedgerError, UpstreamProtocolError, YettError
from yett.guards.housekeeping import GATEWAY
from yett.guards.redaction import Redaction
from yett.protocol import headers as mcp
from yett.protocol import refusal
from yett.protocol import session as table
from yett.state.sessions import Session, owner_of
from yett.state.tasks import started_by
from yett.upstream.upstream import Arrival, Call

_REMARKS: Final = 64
"""Remarks about replies kept for the outcome record; a long stream could make more."""

_TOOLS_CHANGED: Final = "notifications/tools/list_changed"
"""Waits for the catalogue to follow: whoever hears of it lists and calls. No other list is kept; nothing else waits."""

_WITHOUT_END: Final = frozenset({"subscriptions/listen", LISTEN})
"""Requests whose answer is a stream that lasts: the call's time limit is not theirs."""


_Stream = AbstractAsyncContextManager[AsyncIterator[Arrival]]


class _Course(Struct, kw_only=True):
    """How an exchange went so far; what the outcome record will say."""

    established: Established
    started: float
    trail: Trail = ()
    status: str = "aborted"
    detail: str = ""
    remarks: list[Remark]
    replied: bool = False
    resumable: bool = False


async def conduct(runtime: Runtime, inbound: Inbound, delivery: Delivery) -> None:
    """Judge one client message, record it, pass it on and bring back what the server says.

    Never raises but for cancellation, which means that the client left: that too is recorded.
    """
    established = establish(runtime, inbound)
    course = _Course(established=established, started=inbound.started, remarks=[])
    delivery.exchange = established.exchange
    try:
        if established.deny is not None:
            await _refuse(runtime, course, established.deny, delivery)
        elif inbound.verb is Verb.SAY:
            await _judge_and_send(runtime, course, delivery)
        elif inbound.verb is Verb.LISTEN:
            await _listen(runtime, course, delivery)
        else:
            await _end_session(runtime, course, delivery)
    except LedgerError as error:
        telemetry.warning("ledger.unwritable", exchange=inbound.id, error=str(error))
        await _refuse(runtime, course, Deny(reason=LEDGER_UNWRITABLE, detail=str(error)), delivery)
    finally:
        if established.session is not None:
            await _let_go(runtime, established.exchange, established.session)


async def _let_go(runtime: Runtime, exchange: Exchange, session: Session) -> None:
    """Forget a session that has ended, or that its own `initialize` could not bring to life."""
    stillborn = session.version == "" and not exchange.session
    if stillborn or session.stage is table.Stage.ENDED:
        runtime.sessions.end(session)
        if session.link is not None:
            await runtime.upstreams[session.server].end(session)


async def _judge_and_send(runtime: Runtime, course: _Course, delivery: Delivery) -> None:
    exchange, judgement = await judged(runtime, course.established.exchange)
    course.established.exchange = exchange
    course.trail = judgement.trail
    cleared = judgement.verdict
    if isinstance(cleared, Deny):
        await _refuse(runtime, course, cleared, delivery)
        return
    deny = _cannot_be_sent(runtime, course.established, cleared)
    if deny is not None:
        await _refuse(runtime, course, deny, delivery)
        return
    await _in_a_place(runtime, course, delivery, lambda: _sending(runtime, course, cleared))


async def _in_a_place(runtime: Runtime, course: _Course, delivery: Delivery, stream: Callable[[], _Stream]) -> None:
    """Take a place among what runs, record the intent, and run. Who has too much open already is refused.

    What lasts has places of its own: it stays for hours, and must neither be without bound nor in the way of calls.
    """
    exchange = course.established.exchange
    lasting = lasts(exchange.request)
    busy = runtime.counters.enter(exchange.principal, exchange.server, stream=lasting)
    if busy.spent:
        deny = Deny(reason=TOO_MANY_AT_ONCE, detail=busy.spent, retry_after=busy.retry_after)
        await _refuse(runtime, course, deny, delivery)
        return
    try:
        await runtime.ledger.intent(exchange, course.trail)
        await _recorded(runtime, course, delivery, stream())
    finally:
        runtime.counters.leave(exchange.principal, exchange.server, stream=lasting)


def _cannot_be_sent(runtime: Runtime, established: Established, cleared: Cleared[Message]) -> Deny | None:
    """What only becomes askable once the message is cleared: asking earlier would tell strangers which tools exist."""
    exchange = established.exchange
    if exchange.era is Era.MODERN and established.headers is not None:
        mismatch = mcp.check_mirrored(established.headers, cleared.message, exchange.tool)
        if mismatch is not None:
            return mismatch
    offer = runtime.offers.get(exchange.server)
    if offer is not None and offer.eras and exchange.era not in offer.eras:
        spoken = " and ".join(sorted(era.value for era in offer.eras))
        detail = f"client speaks {exchange.era.value if exchange.era else 'nothing'}, server speaks {spoken}"
        versions = f"the client speaks {exchange.version}, the server {', '.join(offer.versions)}"
        public = f"{ERA_NOT_SPOKEN.public}: {versions}"
        return Deny(reason=ERA_NOT_SPOKEN, detail=detail, public=public, supported=offer.versions)
    return None


def _sending(runtime: Runtime, course: _Course, cleared: Cleared[Message]) -> _Stream:
    established = course.established
    exchange, session = established.exchange, established.session
    if session is not None:
        following = session.order(cleared.message)
        if not isinstance(following, Deny):
            session.stage = following
    call = Call(era=exchange.era or Era.LEGACY, version=exchange.version, session=session, tool=exchange.tool)
    return runtime.upstreams[exchange.server].open(cleared, call)


async def _listen(runtime: Runtime, course: _Course, delivery: Delivery) -> None:
    """The legacy GET stream: recorded as an exchange of its own, judged message by message."""
    established = course.established
    session = established.session
    if session is None:
        await _refuse(runtime, course, Deny(reason=FAILED_INSIDE, detail="no session"), delivery)
        return
    last = established.headers.last_event_id if established.headers else None
    upstream = runtime.upstreams[session.server]
    await _in_a_place(runtime, course, delivery, lambda: upstream.listen(session, last or ""))


async def _end_session(runtime: Runtime, course: _Course, delivery: Delivery) -> None:
    session = course.established.session
    if session is None:
        await _refuse(runtime, course, Deny(reason=FAILED_INSIDE, detail="no session"), delivery)
        return
    await runtime.ledger.intent(course.established.exchange, course.trail)
    runtime.sessions.end(session)
    try:
        await runtime.upstreams[session.server].end(session)
        course.status = "allowed"
        await delivery.ended()
    finally:
        await _write_outcome(runtime, course)


async def _recorded(runtime: Runtime, course: _Course, delivery: Delivery, stream: _Stream) -> None:
    """Run the part after the intent; whatever happens, an outcome follows."""
    exchange = course.established.exchange
    session = course.established.session
    using = runtime.sessions.using(session) if session is not None else nullcontext()
    try:
        with using:
            async with asyncio.timeout(None if lasts(exchange.request) else runtime.timeout):
                await _relay(runtime, course, delivery, stream)
    except DownstreamGone:
        course.status, course.detail = "aborted", "the client left"
    except (YettError, TimeoutError) as error:
        await _fail(course, blame(error), delivery)
    except asyncio.CancelledError:
        course.detail = delivery.cut or "the client left"
        if not delivery.dismissed:
            raise
        await _say_farewell(course, delivery)
    except Exception as error:  # noqa: BLE001 - the conductor answers for every fault of ours with a refusal
        telemetry.warning("exchange.broke", exchange=exchange.id, error=type(error).__name__)
        await _fail(course, Deny(reason=FAILED_INSIDE, detail=type(error).__name__), delivery)
    finally:
        await _write_outcome(runtime, course)


async def _say_farewell(course: _Course, delivery: Delivery) -> None:
    """End a stream because we have to, not because anybody may not have it any more."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
    course.status = "allowed"
    with suppress(DownstreamGone):
        await delivery.farewell(course.established.exchange)


def lasts(message: Message) -> bool:
    """Tell whether the answer is a stream without an end of its own."""
    return not isinstance(message, Reply) and message.method in _WITHOUT_END


async def _relay(runtime: Runtime, course: _Course, delivery: Delivery, stream: _Stream) -> None:
    exchange = course.established.exchange
    async with stream as arrivals:
        if isinstance(exchange.request, Notification) and exchange.request.method == LISTEN:
            await delivery.opened()
        async for arrival in arrivals:
            course.resumable = course.resumable or (bool(arrival.event_id) and _opening(course) is None)
            if arrival.message is not None:
                await _pass_on(runtime, course, delivery, arrival, arrival.message)
            elif _opening(course) is None:  # before there is a session, nothing can be resumed in it
                await delivery.alive(arrival)
            if course.replied:
                break
    if isinstance(exchange.request, Request) and not course.replied and not course.resumable:
        await _fail(course, Deny(reason=UPSTREAM_SILENT), delivery)
        return
    if not course.replied:  # nothing to reply to, or the reply comes on the stream that resumes this one
        course.status = "allowed"
        if not delivery.begun:
            await delivery.accepted()
    await delivery.finish()


async def _pass_on(runtime: Runtime, course: _Course, delivery: Delivery, arrival: Arrival, message: Message) -> None:
    """Judge one server message and deliver it, or what stands in its place."""
    exchange = course.established.exchange
    judgement = runtime.pipeline.check_reply(exchange, message, arrival.encoded)
    if judgement.trail:
        course.remarks.extend(judgement.trail[: _REMARKS - len(course.remarks)])
        if any(remark.guard == Redaction.name for remark in judgement.trail):
            telemetry.REDACTIONS.add(exchange.server)
    last = isinstance(message, Reply) and isinstance(exchange.request, Request) and message.id == exchange.request.id
    cleared = judgement.verdict
    if isinstance(cleared, Deny):
        telemetry.DROPPED.add(exchange.server, cleared.reason.code)
        if last:
            await _fail(course, cleared, delivery)
            course.replied = True
        elif isinstance(message, Request):
            await _decline(runtime, course.established, message, cleared)
        return
    if last:
        _note_reply(course, delivery, message)
        _note_task(runtime, exchange, message)
    elif isinstance(message, Notification) and message.method == _TOOLS_CHANGED:
        await runtime.changed(exchange.server)
    if opening := _opening(course):  # the head goes out with the first message, be it the reply or not
        delivery.session(opening.id)
    await delivery.message(cleared, arrival, last=last)


def _opening(course: _Course) -> Session | None:
    session = course.established.session
    return session if session is not None and session.stage is table.Stage.INITIALIZING else None


def _note_reply(course: _Course, delivery: Delivery, reply: Message) -> None:
    """Remember how the call ended, and bring a session to life that `initialize` asked for."""
    course.replied = True
    course.status = "allowed"
    if isinstance(reply, Reply):
        if reply.error is not None:
            course.detail = f"error {reply.error.code}"
        elif isinstance(reply.result, dict) and reply.result.get("isError") is True:
            course.detail = "tool error"
    session = _opening(course)
    if session is None or not isinstance(reply, Reply):
        return
    version = reply.result.get("protocolVersion") if isinstance(reply.result, dict) else None
    if reply.error is None and version not in mcp.LEGACY_VERSIONS:
        raise UpstreamProtocolError("the server agreed on a protocol version that does not exist")
    session.stage = table.server_answers(session.stage, reply)
    if isinstance(version, str) and session.stage is table.Stage.ANSWERED:
        session.version = version
        delivery.session(session.id)


def _note_task(runtime: Runtime, exchange: Exchange, reply: Message) -> None:
    """A call that started a task makes it the caller's."""
    task = started_by(reply.result) if exchange.tool is not None and isinstance(reply, Reply) else None
    if task is not None and exchange.tool is not None:
        runtime.tasks.note(owner_of(exchange.principal), exchange.server, task, exchange.tool.name)


async def _decline(runtime: Runtime, established: Established, asked: Request, deny: Deny) -> None:
    """Tell a server that its request was not passed on, so that it does not wait for an answer."""
    exchange, session = established.exchange, established.session
    if session is None:
        return
    no = refusal.failure(deny, request=asked, reference=exchange.id, era=exchange.era)
    cleared = runtime.housekeeping.check_request(replace(exchange, principal=GATEWAY, request=no)).verdict
    if isinstance(cleared, Cleared):
        call = Call(era=Era.LEGACY, version=session.version, session=session)
        async with runtime.upstreams[exchange.server].open(cleared, call):
            pass


async def _fail(course: _Course, deny: Deny, delivery: Delivery) -> None:
    course.status = "failed"
    course.detail = f"{deny.reason.code}: {deny.detail}" if deny.detail else deny.reason.code
    with suppress(DownstreamGone):
        await delivery.refuse(deny, course.established.exchange)


async def _refuse(runtime: Runtime, course: _Course, deny: Deny, delivery: Delivery) -> None:
    """Say no before anything went upstream: one record, one answer."""
    exchange = course.established.exchange
    telemetry.DECISIONS.add(exchange.server, "denied", deny.reason.code)
    try:
        await runtime.ledger.refusal(exchange, deny, course.trail)
    except LedgerError as error:
        telemetry.warning("ledger.unwritable", exchange=exchange.id, error=str(error))
    await delivery.refuse(deny, exchange)


async def _write_outcome(runtime: Runtime, course: _Course) -> None:
    exchange = course.established.exchange
    seconds = time.monotonic() - course.started
    telemetry.DECISIONS.add(exchange.server, course.status, "")
    method = exchange.request.method if not isinstance(exchange.request, Reply) else "reply"
    telemetry.OPERATIONS.observe(exchange.server, method, course.status, seconds=seconds)
    try:
        await runtime.ledger.outcome(
            exchange, status=course.status, detail=course.detail, trail=tuple(course.remarks), duration=seconds
        )
    except LedgerError as error:
        telemetry.warning("ledger.unwritable", exchange=exchange.id, error=str(error))
