"""What stands in the place of a server's message that was not passed on, so that nobody waits for it."""

from __future__ import annotations

from msgspec.structs import replace

from yett.core.exchange import Era
from yett.core.message import Message, Reply, Request
from yett.core.pipeline import Cleared
from yett.core.verdict import Deny
from yett.enforce.course import Course
from yett.guards.housekeeping import GATEWAY
from yett.protocol import refusal
from yett.upstream.upstream import Arrival, Call


async def stand_in(course: Course, message: Message, deny: Deny) -> None:
    """Answer the side that would wait: the server that asked, or the client whose reply came on another stream."""
    if isinstance(message, Request):
        await _decline(course, message, deny)
    elif isinstance(message, Reply) and message.id is not None:
        await _deliver(course, Request(id=message.id, method=""), deny)


async def _decline(course: Course, asked: Request, deny: Deny) -> None:
    """Tell a server that its request was not passed on."""
    session = course.session
    cleared = _cleared(course, asked, deny)
    if session is not None and cleared is not None:
        call = Call(era=Era.LEGACY, version=session.version, session=session, caller=course.caller)
        async with course.runtime.upstreams[course.exchange.server].open(cleared, call):
            pass


async def _deliver(course: Course, request: Request, deny: Deny) -> None:
    """Tell a client, on the stream that resumes its call, that the call's reply was refused."""
    cleared = _cleared(course, request, deny)
    if cleared is not None:
        await course.delivery.message(cleared, Arrival(message=cleared.message), last=False)


def _cleared(course: Course, request: Request, deny: Deny) -> Cleared[Message] | None:
    """The refusal as the gateway's own message, stamped by its own pipeline."""
    exchange = course.exchange
    no = refusal.failure(deny, request=request, reference=exchange.id, era=exchange.era)
    verdict = course.runtime.housekeeping.check_request(replace(exchange, principal=GATEWAY, request=no)).verdict
    return verdict if isinstance(verdict, Cleared) else None
