"""The HTTP mode's way to the client: one JSON answer, or a stream of server-sent events."""

from __future__ import annotations

import time
from typing import Final

from yett.config.runtime import Runtime
from yett.core.exchange import ANONYMOUS, Exchange
from yett.core.message import Message, Reply, Request
from yett.core.pipeline import Cleared
from yett.core.verdict import Deny
from yett.enforce.delivery import Answering
from yett.protocol import jsonrpc, methods, refusal, sse
from yett.protocol.farewell import farewell
from yett.upstream.upstream import Arrival
from yett.wire.http import Header
from yett.wire.responder import Answer

_JSON: Final[tuple[Header, ...]] = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_EVENTS: Final[tuple[Header, ...]] = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform, no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
)
_STATUSES: Final = frozenset({200, 400, 404})
"""What an upstream may choose for a reply of its own; anything else of its making becomes 200."""


class HttpDelivery:
    """Answers one HTTP request. A reply that comes first and alone is JSON; everything else makes it a stream.

    `path` is the endpoint that was asked, and `cors` what every answer must say for the page that asked.
    """

    __slots__ = (
        *("_extra", "_last_write", "_path", "_responder", "anew", "begun"),
        *("cut", "dismissed", "exchange", "runtime", "task", "waiting"),
    )

    def __init__(self, responder: Answer, runtime: Runtime, path: bytes = b"", cors: tuple[Header, ...] = ()) -> None:
        self.begun = False
        self.exchange: Exchange | None = None
        self.task: Answering | None = None
        self.cut = ""
        self.dismissed = False
        self.waiting = False
        self.anew = False
        self.runtime = runtime
        self._responder = responder
        self._extra = cors
        self._path = path
        self._last_write = 0.0

    def again(self, runtime: Runtime) -> HttpDelivery:
        """The same way to the same client, for another try under another config."""
        return HttpDelivery(self._responder, runtime, self._path, self._extra)

    def session(self, session_id: str) -> None:
        """Name the new session in the head of the answer."""
        self._extra = (*self._extra, (b"mcp-session-id", session_id.encode()))

    async def message(self, cleared: Cleared[Message], arrival: Arrival, *, last: bool) -> None:
        """Send one cleared message, as JSON where it is the whole answer."""
        if last and not self.begun:
            self.reply(cleared, arrival.status)
            return
        encoded = cleared.encoded or jsonrpc.encode(cleared.message)
        await self._event(sse.encode(encoded, event_id=arrival.event_id, retry=arrival.retry))

    def reply(self, cleared: Cleared[Message], status: int) -> None:
        """Send a reply as the whole answer."""
        self.begun = True
        headers = (*_JSON, *self._extra) if self._extra else _JSON
        encoded = cleared.encoded or jsonrpc.encode(cleared.message)
        self._responder.send(status if status in _STATUSES else 200, headers, encoded)

    def over(self) -> None:
        """Say that whoever is called back has nothing more to say."""
        self._responder.over()

    async def alive(self, arrival: Arrival) -> None:
        """Pass a sign of life on, so that nobody between here and the client gives up waiting."""
        if arrival.event_id:
            await self._event(sse.encode(b"", event_id=arrival.event_id, retry=arrival.retry))
        else:
            await self._event(sse.KEEPALIVE)

    async def opened(self) -> None:
        """Begin an event stream without an event."""
        await self._event(sse.KEEPALIVE)

    async def accepted(self) -> None:
        """202, as the specification has it for notifications and client replies."""
        self.begun = True
        self._responder.send(202, self._extra, b"")

    async def ended(self) -> None:
        """200, the answer to DELETE."""
        self.begun = True
        self._responder.send(200, self._extra, b"")

    async def refuse(self, deny: Deny, exchange: Exchange) -> None:
        """A whole HTTP answer, or the failing reply within a stream that has begun."""
        caller = caller_of(exchange)
        if not self.begun:
            self.begun = True
            answer = refusal.refuse(
                deny,
                request=exchange.request,
                reference=exchange.id,
                challenge=self.runtime.front.challenge(deny, self._path),
                caller=caller,
                target=target_of(exchange),
                era=exchange.era,
            )
            self._responder.send(answer.status, (*answer.headers, *self._extra), answer.body)
        elif type(exchange.request) is Request:
            reply = refusal.failure(
                deny,
                request=exchange.request,
                reference=exchange.id,
                caller=caller,
                target=target_of(exchange),
                era=exchange.era,
            )
            await self._event(sse.encode(jsonrpc.encode(reply)))
            self._responder.finish()

    async def farewell(self, exchange: Exchange) -> None:
        """End the stream, with the last word that its era has for it."""
        reply = farewell(exchange.request)
        if reply is not None:
            await self._event(sse.encode(jsonrpc.encode(reply)))
        elif not self.begun:
            await self.opened()
        await self.finish()

    async def finish(self) -> None:
        """End the stream, if one was begun."""
        if self._responder.started:
            self._responder.finish()

    async def beat(self, now: float, every: float) -> None:
        """Send a keep-alive comment when nothing was sent for `every` seconds (monotonic)."""
        if self._responder.started and now - self._last_write >= every:
            await self._event(sse.KEEPALIVE)

    async def _event(self, event: bytes) -> None:
        if not self.begun:
            self.begun = True
            self._responder.start(200, (*_EVENTS, *self._extra))
        self._last_write = time.monotonic()
        await self._responder.write(event)


def caller_of(exchange: Exchange) -> str:
    """How a sentence to the caller names him: by his roles, or else by his name."""
    roles = "" if exchange.principal is ANONYMOUS else ", ".join(sorted(exchange.principal.roles))
    return roles or exchange.principal.subject


def target_of(exchange: Exchange) -> str:
    """What the exchange is about, as policies name it: `server.tool`, or the server alone."""
    if type(exchange.request) is Reply:
        return exchange.server
    targets = methods.targets(exchange.request)
    return f"{exchange.server}.{targets[0].name}" if targets else exchange.server
