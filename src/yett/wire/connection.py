"""One client's connection: requests are answered one after the other, in time, and only while the client is there."""

from __future__ import annotations

import asyncio
import ssl
import time
from enum import Enum
from typing import Final, cast

from yett.core.certificate import Certificate
from yett.errors import DownstreamGone, DownstreamProtocolError
from yett.wire import reply
from yett.wire.client_trust import ClientContext, ClientTrust
from yett.wire.deadlines import NEVER
from yett.wire.http import Incoming, RequestHead
from yett.wire.listener import Listener
from yett.wire.peers import network
from yett.wire.requests import RequestReader, Stage
from yett.wire.responder import Responder

_PIPELINED_BYTES: Final = 16_384
"""Read ahead while an answer is under way; beyond it, the client has to wait."""

_BUFFERED_BYTES: Final = 65_536
"""Unsent bytes beyond which a stream waits for its client; also how much progress keeps a slow client alive."""

_LINGER_SECONDS: Final = 2.0
_LINGER_BYTES: Final = 4 * 1_048_576
"""After a refusal the rest of the request is read and dropped, within these bounds. Closing at once would reset the
connection, and the client would never read why (RFC 9112 section 9.6)."""


class State(Enum):
    """Where a connection stands."""

    READING = "reading"
    ANSWERING = "answering"
    FLUSHING = "flushing"
    LEAVING = "leaving"


# Looking a member up on its class costs more than everything else a state change does.
_READING, _ANSWERING, _FLUSHING, _LEAVING = State
_IDLE, _HEAD, _BODY = Stage


class Connection(asyncio.BufferedProtocol):
    """Reads requests, has them answered, writes what the answerer says."""

    def __init__(self, listener: Listener, peer: str, port: int) -> None:
        self.made = False
        self.gone = False
        self.congested = False
        self.deadline = NEVER
        self._listener = listener
        self.network = network(peer)
        self.peer = peer
        self._port = port
        self._secure = False
        self.certificate: Certificate | None = None
        self.trust: ClientTrust | None = None
        self._loop = asyncio.get_running_loop()
        self._reader = RequestReader()
        self._state = _READING
        self._stage: Stage | None = None  # the stage that the deadline belongs to
        self._closes = False
        self._paused = False
        self._task: asyncio.Future[None] | None = None
        self._responder: Responder | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self._unsent = 0  # when the deadline was set
        self._dropped = 0

    @property
    def closes(self) -> bool:
        """The connection ends with the present exchange."""
        return self._closes or self._listener.draining

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first request."""
        self.made = True
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_BUFFERED_BYTES)
        self._listener.watch.add(self)
        self.deadline = self._loop.time() + self._listener.limits.head_seconds
        tls = transport.get_extra_info("ssl_object")
        self._secure = tls is not None
        if self._listener.draining:
            self.drain()
        if self._listener.closed:
            self.abort()
        elif tls is not None and tls.selected_alpn_protocol() not in {None, "http/1.1"}:
            self.abort()
            self._listener.on_reject(self.peer, 400, "the client negotiated another protocol than HTTP/1.1")
        elif tls is not None:
            self._meet(tls)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        """Where the loop may put what it receives."""
        return self._listener.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was received."""
        if self._state is _LEAVING:
            self._dropped += nbytes
            if self._dropped > _LINGER_BYTES:
                self._transport.abort()
            return
        self._reader.feed(bytes(self._listener.buffer[:nbytes]))
        if self._state is _READING:
            self._advance()
        elif len(self._reader.pending) > _PIPELINED_BYTES:
            self._hold_back()

    def eof_received(self) -> bool:
        """Take the end of the client's bytes for the end of the client: HTTP/1.1 has no other way to cancel."""
        if self._responder is not None and not self._responder.finished:
            self._transport.abort()
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Stop what runs for this client."""
        self.gone = True
        self._state = _LEAVING
        self._listener.watch.discard(self)
        self._listener.peers.leave(self.network)
        if self._responder is not None and not self._responder.finished:
            self._cancel()
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(DownstreamGone("the client is gone"))
        self._waiting.clear()

    def pause_writing(self) -> None:
        """Note that the client reads too slowly, and from when on."""
        self.congested = True
        self._expect_progress()

    def resume_writing(self) -> None:
        """Go on: the client has caught up."""
        self.congested = False
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()
        if self._state is _ANSWERING:
            self.deadline = NEVER
        elif self._state is _FLUSHING:
            self._state = _READING
            self._advance()

    # What a responder calls.

    def put(self, written: bytes) -> None:
        """Send bytes, or drop them when the client is gone."""
        if not self.gone:
            self._transport.write(written)

    async def flow(self) -> None:
        """Wait until the client has caught up. Raises `DownstreamGone` when it leaves instead."""
        if self.gone:
            raise DownstreamGone("the client is gone")
        waiter = self._loop.create_future()
        self._waiting.append(waiter)
        await waiter

    def over(self, responder: Responder) -> None:
        """Forget who answered, and go on."""
        if self._task is not None:
            self._listener.exchanges.discard(self._task)
        self._task = self._responder = None
        if self.gone:
            return
        unusual = self._closes or self.congested or self._paused or self._reader.pending or self._listener.draining
        if unusual or not responder.finished:
            self._end(responder)
            return
        self._state, self._stage = _READING, _IDLE
        self.deadline = self._loop.time() + self._listener.limits.idle_seconds

    # What the server and its watch call.

    def expire(self) -> None:
        """Act on a deadline that has passed."""
        if self._state is not _READING:
            self._judge_progress()
        elif self._stage is _HEAD:
            self._refuse(408, "the head of the request took too long")
        elif self._stage is _BODY:
            self._refuse(408, "the body of the request took too long")
        else:
            self._leave()

    def drain(self) -> None:
        """Leave soon where nothing is under way; `Connection: close` goes out with whatever is."""
        if self._state is _READING and self._reader.stage is _IDLE:
            self.deadline = min(self.deadline, self._loop.time() + self._listener.grace)

    def abort(self) -> None:
        """End everything now."""
        self.gone = True
        self._state = _LEAVING
        self.deadline = NEVER
        self._transport.abort()
        self._cancel()

    def part(self, why: str) -> None:
        """End everything now, because the client's certificate is not good any more."""
        self.abort()
        self._listener.on_reject(self.peer, 401, why)

    # The life of a connection.

    def _meet(self, tls: ssl.SSLObject) -> None:
        """Read the client's certificate, once; judge it again where it was verified for an earlier connection."""
        trust = tls.context.trust if isinstance(tls.context, ClientContext) else None
        shown = tls.getpeercert(binary_form=True) if trust is not None else None
        if trust is None or shown is None:
            return
        from yett.wire.x509 import client_certificate

        certificate = client_certificate(shown)
        why = "the client certificate cannot be read"
        if certificate is not None:
            self.certificate, self.trust = certificate, trust
            why = trust.outlived(certificate, trust, time.time())
        if why:
            self.part(why)

    def _advance(self) -> None:
        try:
            whole = self._reader.next(self._listener.limits)
        except DownstreamProtocolError as problem:
            self._refuse(problem.status, str(problem))
            return
        if whole is None:
            self._wait()
        else:
            self._begin(*whole)

    def _wait(self) -> None:
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        stage = self._reader.stage
        if stage is not self._stage:
            self._stage = stage
            limits = self._listener.limits
            if stage is _IDLE:
                seconds = limits.idle_seconds
            else:
                seconds = limits.head_seconds if stage is _HEAD else limits.body_seconds
            self.deadline = self._loop.time() + seconds
        if self._reader.continues:
            self._reader.continues = False
            self.put(reply.CONTINUE)

    def _begin(self, head: RequestHead, body: bytes) -> None:
        self._state = _ANSWERING
        self._stage = None
        self.deadline = NEVER
        self._closes = head.closes
        if len(self._reader.pending) > _PIPELINED_BYTES:
            self._hold_back()
        responder = self._responder = Responder(self, head)
        incoming = Incoming(
            head=head,
            body=body,
            peer=self.peer,
            port=self._port,
            secure=self._secure,
            certificate=self.certificate,
        )
        answer = self._listener.answer(incoming, responder)
        if not isinstance(answer, asyncio.Future):
            answer = self._loop.create_task(answer)
            answer.add_done_callback(lambda _: self.over(responder))
        self._task = answer
        self._listener.exchanges.add(answer)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _end(self, responder: Responder) -> None:
        """After the answerer: a complete answer, or one that the client must not take for complete."""
        if responder.started and not responder.finished:
            self.abort()
        elif not responder.started:
            self.put(reply.refusal(500, "the request could not be answered"))
            self._leave()
        elif self.closes:
            self._leave()
        elif self.congested:
            self._state = _FLUSHING
        else:
            self._state = _READING
            if self._reader.pending:
                self._advance()
            else:
                self._wait()

    def _refuse(self, status: int, detail: str) -> None:
        self.put(reply.refusal(status, detail))
        self._state = _LEAVING
        self.deadline = self._loop.time() + _LINGER_SECONDS
        self._unsent = 0
        if self._paused:
            self._transport.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()
        self._listener.on_reject(self.peer, status, detail)

    def _leave(self) -> None:
        self._state = _LEAVING
        self._expect_progress()
        self._transport.close()

    def _hold_back(self) -> None:
        if not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _expect_progress(self) -> None:
        self._unsent = self._transport.get_write_buffer_size()
        self.deadline = self._loop.time() + self._listener.limits.write_seconds

    def _judge_progress(self) -> None:
        unsent = self._transport.get_write_buffer_size()
        if unsent and self._unsent - unsent >= min(_BUFFERED_BYTES, self._unsent // 2):
            self._expect_progress()
        else:
            self.abort()
