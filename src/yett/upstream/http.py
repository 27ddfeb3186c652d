"""A server behind a URL: Streamable HTTP, both eras. Each message is a POST of its own; legacy sessions have a GET."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Final
from weakref import WeakSet

from yett.core.exchange import Era
from yett.core.message import Message, Notification, Reply, Request
from yett.core.pipeline import Cleared
from yett.errors import (
    PeerError,
    UpstreamConflict,
    UpstreamError,
    UpstreamUnavailable,
)
from yett.protocol import jsonrpc
from yett.protocol.headers import LEGACY_VERSIONS, MODERN_VERSIONS, Story, derive
from yett.protocol.jsonrpc import Bounds
from yett.protocol.session import Stage
from yett.secrets.secret import Secret
from yett.state.sessions import Session
from yett.upstream import offer
from yett.upstream.answer import Single, accepted, answered, streamed
from yett.upstream.authorized import Authorized
from yett.upstream.ear import CallEar, Ear, StreamEar
from yett.upstream.events import Events
from yett.upstream.fixed_headers import FixedHeaders
from yett.upstream.limits import HttpLimits
from yett.upstream.link import Link, check_session, session_of, version_line
from yett.upstream.mailbox import NOTHING
from yett.upstream.modern import Headings, ModernAsked, ModernPost
from yett.upstream.oauth.credential import Credential
from yett.upstream.patience import Patience
from yett.upstream.probing import probed
from yett.upstream.upstream import Arrival, Call, Offer
from yett.wire.address import address
from yett.wire.client import Calls, Origin, Pool, Response, Taker, Timeouts
from yett.wire.http import Header

# Looking a member up on its class costs more than comparing it.
_MODERN: Final = Era.MODERN

_NODES: Final = 1_000_000
_DEPTH: Final = 128
"""A reply may be larger than a request: results hold files, and schemas nest."""

_LISTEN: Final = "subscriptions/listen"
_INITIALIZE: Final = "initialize"
_METHOD_NOT_ALLOWED: Final = 405
_CONFLICT: Final = 409
_END_SECONDS: Final = 5.0

_ASKING: Final[tuple[Header, ...]] = (
    (b"content-type", b"application/json"),
    (b"accept", b"application/json, text/event-stream"),
)
_LISTENING: Final[tuple[Header, ...]] = ((b"accept", b"text/event-stream"),)


class HttpUpstream:
    """`url` and `headers` are the configuration's; header values are revealed for each request, and nowhere else."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        headers: Mapping[str, Secret] | None = None,
        credential: Credential | None = None,
        tls: ssl.SSLContext | None = None,
        timeouts: Timeouts | None = None,
        patience: Patience | None = None,
        limits: HttpLimits | None = None,
    ) -> None:
        self.name = name
        where = address(url)
        self._path = where.path
        self._fixed = FixedHeaders(headers or {})
        self.credential = credential
        self._patience = patience or Patience()
        limits = limits or HttpLimits()
        times = timeouts or Timeouts()
        quiet = Timeouts(connect=times.connect, first_byte=times.first_byte, idle=self._patience.listen)
        # Some servers send the head of a GET stream with the first event only.
        self._quieter = Timeouts(connect=times.connect, first_byte=self._patience.listen, idle=self._patience.listen)
        self._bounds = Bounds(bytes=limits.reply_bytes, nodes=_NODES, depth=_DEPTH, exact=True)
        self._calls = self._pool(where.origin, tls, times, limits.connections)
        self._streams = self._pool(where.origin, tls, quiet, limits.streams, 0)
        self._headings = Headings(_ASKING)
        self._links: WeakSet[Link] = WeakSet()
        self._tasks: set[asyncio.Task[None]] = set()

    def _pool(self, origin: Origin, tls: ssl.SSLContext | None, timeouts: Timeouts, most: int, idle: int = 32) -> Calls:
        """What carries the requests."""
        return Pool(origin, tls=tls, timeouts=timeouts, max_connections=most, max_idle=idle)

    def open(self, cleared: Cleared[Message], call: Call) -> AbstractAsyncContextManager[AsyncIterator[Arrival]]:
        """Send a cleared message as one POST, once the context is entered."""
        if call.era is Era.MODERN:
            if type(cleared.message) is not Request:
                # `notifications/cancelled` is the only one there is, and over HTTP leaving is what cancels. Its id
                # could be another caller's: to the server, all of them are the gateway.
                return nullcontext(NOTHING)
            return self._modern(cleared.message, cleared.encoded, call)
        if type(cleared.message) is Request:
            return self._legacy_call(cleared.message, call)
        return self._legacy_word(cleared.message, cleared.encoded, call)

    def ask(self, cleared: Cleared[Message], call: Call, taker: Taker) -> ModernAsked | None:
        """Send a modern call on a connection that lies idle. Where a token has to be had first, there is no hurry."""
        message = cleared.message
        if (
            self.credential is not None
            or call.era is not _MODERN
            or type(message) is not Request
            or message.method == _LISTEN
            or not isinstance(self._calls, Pool)
        ):
            return None
        body = cleared.encoded or jsonrpc.encode(message)
        lines = self._headings.of(message, call)
        connection = self._calls.post(self._path, self._fixed.reveal(), body, taker, lines=lines)
        return None if connection is None else ModernAsked(self.name, message, self._bounds, self._calls, connection)

    def _modern(self, message: Message, encoded: bytes, call: Call) -> ModernPost:
        def send() -> AbstractAsyncContextManager[Response]:
            pool = self._streams if type(message) is Request and message.method == _LISTEN else self._calls
            body = encoded or jsonrpc.encode(message)
            lines = self._headings.of(message, call)
            if self.credential is None:
                return pool.request(b"POST", self._path, self._fixed.reveal(), body, lines=lines)
            return Authorized(
                self.credential,
                call.caller,
                lambda *more: pool.request(b"POST", self._path, (*self._fixed.reveal(), *more), body, lines=lines),
            )

        return ModernPost(self.name, message, send, self._bounds)

    @asynccontextmanager
    async def _legacy_call(self, request: Request, call: Call) -> AsyncIterator[AsyncIterator[Arrival]]:
        session = session_of(call)
        link = self._link(session, opening=request.method == _INITIALIZE)
        asked = session.relay.ask(request)
        number = asked.id if isinstance(asked.id, int) else -1
        ear = CallEar(self.name, session, number)
        story = Story(era=Era.LEGACY, version=call.version)
        try:
            headers = (*_ASKING, *derive(asked, story, None), *link.headers)
            link.caller = call.caller
            async with self._send(link, self._calls, b"POST", headers, jsonrpc.encode(asked)) as response:
                arrivals = await self._legacy_answer(response, link, session, ear)
                yield arrivals
                await arrivals.finish()
        finally:
            session.relay.leave(number)
            if link.opening:
                self._settle(link, session, agreed=ear.succeeded)

    async def _legacy_answer(self, response: Response, link: Link, session: Session, ear: Ear) -> Single | Events:
        if link.opening:
            link.learn(response)
            session.link = link
        else:
            check_session(response, link, session)
        return await answered(self.name, response, ear, self._bounds, session.events)

    @asynccontextmanager
    async def _legacy_word(
        self, message: Notification | Reply, encoded: bytes, call: Call
    ) -> AsyncIterator[AsyncIterator[Arrival]]:
        """A notification or a reply of the client's, in the server's words; nothing, when it is about nothing here."""
        session = session_of(call)
        link = self._link(session)
        if type(message) is Reply:
            said: Message | None = session.relay.answer(message)
        else:
            told = session.relay.tell(message)
            said = told.message if told is not None else None
        if said is not None:
            body = encoded if said is message and encoded else jsonrpc.encode(said)
            headers = (*_ASKING, *derive(said, Story(era=Era.LEGACY, version=call.version), None), *link.headers)
            link.caller = call.caller or link.caller
            async with self._send(link, self._calls, b"POST", headers, body) as response:
                check_session(response, link, session)
                accepted(response)
        yield NOTHING

    @asynccontextmanager
    async def listen(self, session: Session, last_event_id: str) -> AsyncIterator[AsyncIterator[Arrival]]:
        """Open the session's GET stream, or resume one. A server that has none gives a stream that says nothing."""
        link = self._link(session)
        headers: tuple[Header, ...] = (*_LISTENING, *link.headers, version_line(session))
        if last_event_id:
            theirs = session.events.theirs(last_event_id)
            if theirs is None:
                raise UpstreamUnavailable("there is nothing to resume after this event id")
            headers = (*headers, (b"last-event-id", theirs.encode()))
        async with self._send(link, self._streams, b"GET", headers, b"", self._quieter) as response:
            if response.status != _METHOD_NOT_ALLOWED:
                check_session(response, link, session)
                if response.status == _CONFLICT:
                    raise UpstreamConflict("the server has a stream of this session open already")
                ear = StreamEar(self.name, session, resumed=bool(last_event_id))
                yield streamed(self.name, response, ear, self._bounds, session.events)
                return
        with link.silence(self._patience.listen) as silence:
            yield silence

    async def end(self, session: Session) -> None:
        """Send DELETE for a session that the server gave an id. Whether it agrees makes no difference.

        A session from before a reload that changed the server has an id that this one must not see.
        """
        link, session.link = session.link, None
        if isinstance(link, Link) and link in self._links:
            await self._delete(link, version_line(session))

    async def _delete(self, link: Link, version: Header) -> None:
        link.close()
        if not link.headers:
            return
        try:
            headers = (*link.headers, version)
            async with asyncio.timeout(_END_SECONDS), self._send(link, self._calls, b"DELETE", headers, b""):
                return
        except (PeerError, UpstreamError, TimeoutError):
            return

    async def probe(self) -> Offer:
        """Ask in one era after the other. A session that this opens is ended at once."""
        session = Session("probe", owner=("", ""), server=self.name)
        session.stage = Stage.INITIALIZING
        modern = Call(era=Era.MODERN, version=MODERN_VERSIONS[0], caller=None)
        legacy = Call(era=Era.LEGACY, version=LEGACY_VERSIONS[0], session=session, caller=None)
        try:
            return await probed(
                self._modern(offer.DISCOVER, b"", modern),
                self._legacy_call(offer.INITIALIZE, legacy),
                self._patience.probe,
            )
        finally:
            self._end_later(session)

    async def close(self) -> None:
        """End every connection; what is under way fails."""
        for link in list(self._links):
            link.close()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self.credential is not None:
            await self.credential.close()
        await self._calls.close()
        await self._streams.close()

    def _send(
        self,
        link: Link,
        pool: Calls,
        method: bytes,
        headers: tuple[Header, ...],
        body: bytes,
        timeouts: Timeouts | None = None,
    ) -> AbstractAsyncContextManager[Response]:
        def send(*more: Header) -> AbstractAsyncContextManager[Response]:
            whole = (*self._fixed.reveal(), *more, *headers)
            return pool.request(method, self._path, whole, body, timeouts=timeouts)

        return send() if self.credential is None else Authorized(self.credential, link.caller, send)

    def _link(self, session: Session, *, opening: bool = False) -> Link:
        if opening:
            if session.link is not None:
                raise UpstreamUnavailable("the session was opened already")
            link = Link()
            self._links.add(link)
            return link
        # Not any link: after a reload the server of this name may be another one, which must not see the old one's id.
        if not isinstance(session.link, Link) or session.link not in self._links:
            session.stage = Stage.ENDED
            raise UpstreamUnavailable("the session is not open")
        return session.link

    def _settle(self, link: Link, session: Session, *, agreed: bool) -> None:
        """After `initialize`: the session is open, or it is not and nothing of it may stay."""
        link.opening = False
        if not agreed:
            session.stage = Stage.ENDED
            self._end_later(session)

    def _end_later(self, session: Session) -> None:
        link, session.link = session.link, None
        if isinstance(link, Link):
            task = asyncio.get_running_loop().create_task(self._delete(link, version_line(session)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
