"""`conduct()`: one exchange from its first byte to its last record. The same for every mode."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from yett import telemetry
from yett.config.runtime import Runtime
from yett.core.exchange import Era, Exchange
from yett.core.message import Message, Notification, Reply, Request
from yett.core.pipeline import Cleared
from yett.core.verdict import Deny
from yett.enforce.blame import FAILED_INSIDE, LEDGER_UNWRITABLE, TOO_MANY_AT_ONCE, UPSTREAM_SILENT, blame
from yett.enforce.course import Course
from yett.enforce.delivery import Delivery
from yett.enforce.establish import ERA_NOT_SPOKEN, LISTEN, Established
from yett.enforce.inbound import Inbound, Verb
from yett.enforce.judging import judged
from yett.enforce.look_up import looked_up, tried
from yett.enforce.stand_in import stand_in
from yett.errors import DownstreamGone, LedgerError, UpstreamProtocolError, YettError
from yett.guards.redaction import Redaction
from yett.protocol import headers as mcp
from yett.protocol import session as table
from yett.state.sessions import Session, owner_of
from yett.state.tasks import started_by
from yett.upstream.upstream import Arrival, Call

# Looking a member up on its class costs more than comparing it.
_MODERN: Final = Era.MODERN

_REMARKS: Final = 64
"""Remarks about replies kept for the outcome record; a long stream could make more."""

_TOOLS_CHANGED: Final = "notifications/tools/list_changed"
"""Waits for the catalogue to follow: whoever hears of it lists and calls. No other list is kept; nothing else waits."""

_WITHOUT_END: Final = frozenset({"subscriptions/listen", LISTEN})
"""Requests whose answer is a stream that lasts: the call's time limit is not theirs."""

_Stream = AbstractAsyncContextManager[AsyncIterator[Arrival]]


async def conduct(
    runtime: Runtime, inbound: Inbound, delivery: Delivery, established: Established | None = None
) -> None:
    """Judge one client message, record it, pass it on and bring back what the server says.

    `established` is what was found out about it already: establishing counts, so that must not happen twice. Never
    raises but for cancellation, which means that the client left: that too is recorded.
    """
    delivery.task = asyncio.current_task()
    if established is None:
        established = tried(runtime, inbound)
    if established.pending is not None:
        established = await looked_up(runtime, inbound, delivery, established.pending)
    delivery.exchange = established.exchange
    course = Course(runtime, established, delivery, inbound.started, inbound.preface.credentials)
    try:
        if established.deny is not None:
            await course.refuse(established.deny)
        elif inbound.verb is Verb.SAY:
            await _judge_and_send(course)
        elif inbound.verb is Verb.LISTEN:
            await _listen(course)
        else:
            await _end_session(course)
    except LedgerError as error:
        telemetry.warning("ledger.unwritable", exchange=inbound.id, error=str(error))
        await course.refuse(Deny(reason=LEDGER_UNWRITABLE, detail=str(error)))
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


async def _judge_and_send(course: Course) -> None:
    runtime = course.runtime
    exchange, judgement = await judged(runtime, course.exchange, course.delivery)
    course.exchange = course.delivery.exchange = exchange
    course.trail = judgement.trail
    cleared = judgement.verdict
    if type(cleared) is Deny:
        await course.refuse(cleared)
        return
    deny = cannot_be_sent(runtime, course.established, exchange, cleared)
    if deny is not None:
        await course.refuse(deny)
        return
    await _in_a_place(course, lambda: _sending(course, cleared))


async def _in_a_place(course: Course, stream: Callable[[], _Stream]) -> None:
    """Take a place among what runs, record the intent, and run. Who has too much open already is refused.

    What lasts has places of its own: it stays for hours, and must neither be without bound nor in the way of calls.
    """
    runtime, exchange = course.runtime, course.exchange
    lasting = lasts(exchange.request)
    busy = runtime.counters.enter(exchange.principal, exchange.server, stream=lasting)
    if busy.spent:
        await course.refuse(Deny(reason=TOO_MANY_AT_ONCE, detail=busy.spent, retry_after=busy.retry_after))
        return
    try:
        if await course.intend():
            if not lasting:
                course.watch(asyncio.get_running_loop())
            await recorded(course, stream())
    finally:
        course.rest()
        runtime.counters.leave(exchange.principal, exchange.server, stream=lasting)


def cannot_be_sent(
    runtime: Runtime, established: Established, exchange: Exchange, cleared: Cleared[Message]
) -> Deny | None:
    """What only becomes askable once the message is cleared: asking earlier would tell strangers which tools exist."""
    if exchange.era is _MODERN and established.headers is not None:
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


def _sending(course: Course, cleared: Cleared[Message]) -> _Stream:
    exchange, session = course.exchange, course.session
    if session is not None:
        following = session.order(cleared.message)
        if type(following) is not Deny:
            session.stage = following
    call = Call(
        era=exchange.era or Era.LEGACY,
        version=exchange.version,
        session=session,
        tool=exchange.tool,
        caller=course.caller,
    )
    return course.runtime.upstreams[exchange.server].open(cleared, call)


async def _listen(course: Course) -> None:
    """The legacy GET stream: recorded as an exchange of its own, judged message by message."""
    runtime, session = course.runtime, course.session
    if session is None:
        await course.refuse(Deny(reason=FAILED_INSIDE, detail="no session"))
        return
    headers, upstream = course.established.headers, runtime.upstreams[session.server]
    last = headers.last_event_id if headers else None
    await _in_a_place(course, lambda: upstream.listen(session, last or ""))


async def _end_session(course: Course) -> None:
    runtime, session = course.runtime, course.session
    if session is None:
        await course.refuse(Deny(reason=FAILED_INSIDE, detail="no session"))
        return
    await runtime.ledger.intent(course.exchange, course.trail)
    runtime.sessions.end(session)
    try:
        await runtime.upstreams[session.server].end(session)
        course.status = "allowed"
        await course.delivery.ended()
    finally:
        course.write_outcome()


async def recorded(course: Course, stream: _Stream) -> None:
    """Run the part after the intent; whatever happens, an outcome follows."""
    try:
        if course.session is None:
            await _relay(course, stream)
        else:
            with course.runtime.sessions.using(course.session):
                await _relay(course, stream)
    except DownstreamGone:
        course.status, course.detail = "aborted", "the client left"
    except (YettError, TimeoutError) as error:
        await course.fail(blame(error))
    except asyncio.CancelledError:
        course.detail = course.delivery.cut or "the client left"
        if course.delivery.dismissed:
            await course.say_farewell()
        elif course.took_too_long():
            await course.fail(blame(TimeoutError()))
        else:
            raise
    except Exception as error:  # noqa: BLE001 - the conductor answers for every fault of ours with a refusal
        telemetry.warning("exchange.broke", exchange=course.exchange.id, error=type(error).__name__)
        await course.fail(Deny(reason=FAILED_INSIDE, detail=type(error).__name__))
    finally:
        course.write_outcome()


def lasts(message: Message) -> bool:
    """Tell whether the answer is a stream without an end of its own."""
    return type(message) is not Reply and message.method in _WITHOUT_END


async def _relay(course: Course, stream: _Stream) -> None:
    delivery, request = course.delivery, course.exchange.request
    async with stream as arrivals:
        if type(request) is Notification and request.method == LISTEN:
            await delivery.opened()
        async for arrival in arrivals:
            if arrival.event_id and course.opening is None:
                course.resumable = True
            if arrival.message is not None:
                await _pass_on(course, arrival, arrival.message)
            elif course.opening is None:  # before there is a session, nothing can be resumed in it
                await delivery.alive(arrival)
            if course.replied:
                break
    if type(request) is Request and not course.replied and not course.resumable:
        await course.fail(Deny(reason=UPSTREAM_SILENT))
        return
    if not course.replied:  # nothing to reply to, or the reply comes on the stream that resumes this one
        course.status = "allowed"
        if not delivery.begun:
            await delivery.accepted()
    await delivery.finish()


async def _pass_on(course: Course, arrival: Arrival, message: Message) -> None:
    """Judge one server message and deliver it, or what stands in its place."""
    exchange = course.exchange
    cleared, request = judged_reply(course, message, arrival.encoded), exchange.request
    last = type(message) is Reply and type(request) is Request and message.id == request.id
    if type(cleared) is Deny:
        if last:
            await course.fail(cleared)
            course.replied = True
        else:
            await stand_in(course, message, cleared)
        return
    if type(message) is Reply:
        if last:
            note_reply(course, message)
    elif type(message) is Notification and message.method == _TOOLS_CHANGED:
        await course.runtime.changed(exchange.server)
    if course.session is not None and (opening := course.opening) is not None:
        course.delivery.session(opening.id)  # the head goes out with the first message, be it the reply or not
    await course.delivery.message(cleared, arrival, last=last)


def judged_reply(course: Course, message: Message, encoded: bytes) -> Cleared[Message] | Deny:
    """Judge one server message, and note what was said about it."""
    exchange = course.exchange
    judgement = course.runtime.pipeline.check_reply(exchange, message, encoded)
    if judgement.trail:
        course.remarks.extend(judgement.trail[: _REMARKS - len(course.remarks)])
        if any(remark.guard == Redaction.name for remark in judgement.trail):
            telemetry.REDACTIONS.add(exchange.server)
    if type(judgement.verdict) is Deny:
        telemetry.DROPPED.add(exchange.server, judgement.verdict.reason.code)
    return judgement.verdict


def note_reply(course: Course, reply: Reply) -> None:
    """Remember how the call ended, whose task it started, and bring a session to life that `initialize` asked for."""
    course.replied = True
    course.status = "allowed"
    exchange = course.exchange
    if reply.error is not None:
        course.detail = f"error {reply.error.code}"
    elif isinstance(reply.result, dict) and reply.result.get("isError") is True:
        course.detail = "tool error"
    if exchange.tool is not None and (task := started_by(reply.result)) is not None:
        course.runtime.tasks.note(owner_of(exchange.principal), exchange.server, task, exchange.tool.name)
    if course.session is not None and (opening := course.opening) is not None:
        _note_session(course, opening, reply)


def _note_session(course: Course, session: Session, reply: Reply) -> None:
    version = reply.result.get("protocolVersion") if isinstance(reply.result, dict) else None
    if reply.error is None and version not in mcp.LEGACY_VERSIONS:
        raise UpstreamProtocolError("the server agreed on a protocol version that does not exist")
    session.stage = table.server_answers(session.stage, reply)
    if isinstance(version, str) and session.stage is table.Stage.ANSWERED:
        session.version = version
        course.delivery.session(session.id)
