"""One connection to an upstream: one request at a time, its answer read strictly, and never a byte too many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol, cast

from yett.errors import PeerError, UpstreamError, UpstreamProtocolError, UpstreamTimeout, UpstreamUnavailable
from yett.wire import response_head
from yett.wire.chunks import ChunkDecoder
from yett.wire.deadlines import NEVER
from yett.wire.diagnosis import ILLEGAL
from yett.wire.http import ResponseHead
from yett.wire.origin import Timeouts
from yett.wire.response import Response

_INTERIM: Final = 8
"""1xx responses before the final one; a server that sends more is not making progress."""

_BEGINNING: Final = b"HTTP/1."
_REMEMBERED: Final = 4
_REMEMBERED_BYTES: Final = 1_024
_SWITCHING_PROTOCOLS: Final = 101


class Taker(Protocol):
    """Whoever asked. One of the two is called, once; neither after `Outbound.abort()`."""

    def take(self, response: Response) -> bool:
        """The head of the answer is here, and its body or the beginning of it. False: nobody wants it any more."""
        ...

    def fail(self, error: PeerError | UpstreamError) -> None:
        """There will be no answer."""
        ...


class Waiter:
    """Takes an answer for somebody who awaits `response`. Nothing happens where nobody does any more."""

    __slots__ = ("response",)

    def __init__(self) -> None:
        self.response: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

    def take(self, response: Response) -> bool:
        """Let whoever waits have it."""
        if self.response.done():
            return False
        self.response.set_result(response)
        return True

    def fail(self, error: PeerError | UpstreamError) -> None:
        """Raise it where somebody waits."""
        if not self.response.done():
            self.response.set_exception(error)


class Outbound(asyncio.Protocol):
    """A connection of a pool. `reusable` says that it is between two exchanges and clean."""

    def __init__(self, name: str, on_lost: Callable[[Outbound], None]) -> None:
        self.deadline = NEVER
        self.reusable = True
        self.lost = False
        self.keeps: int | None = None
        """How long the server keeps idle connections, in seconds, where it said so."""
        self._name = name
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self.clock = self._loop.time
        self._timeouts = Timeouts()
        self._final = NEVER
        self._taker: Taker | None = None
        self._response: Response | None = None
        self._bodiless = False
        self._pending = b""
        self._seen = 0
        self._interim = 0
        self._left = 0
        self._chunks: ChunkDecoder | None = None
        self._at_end = False
        self._paused = False
        self._known: dict[bytes, ResponseHead] = {}

    def ask(self, request: bytes, timeouts: Timeouts, taker: Taker, *, bodiless: bool = False) -> None:
        """Send a whole request; `taker` gets its response once the head was read, or hears why there is none."""
        now = self.clock()
        self.reusable = False
        self._timeouts = timeouts
        self._final = now + timeouts.total
        self.deadline = min(self._final, now + timeouts.first_byte)
        self._bodiless = bodiless
        self._interim = 0
        self._taker = taker
        self._transport.write(request)

    def abort(self) -> None:
        """End the connection now. Whoever still waits for its answer is not told: they are the ones who end it."""
        self.lost = True
        self.reusable = False
        self._taker = self._response = None
        self._transport.abort()

    def fail(self, error: PeerError | UpstreamError) -> None:
        """End the connection now, and tell whoever waits for its answer why."""
        taker, response = self._taker, self._response
        self.deadline = NEVER
        self.abort()
        if taker is not None:
            taker.fail(error)
        if response is not None:
            response.fail(error)

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Read on in the present answer. Bytes that nobody asked for end the connection."""
        if self._response is None and self._taker is None:
            self.abort()
            return
        try:
            if self._response is None:
                self._read_head(data)
            else:
                self._read_body(self._response, data)
        except UpstreamProtocolError as problem:
            self.fail(problem)

    def eof_received(self) -> bool:
        """Note the end of the server's bytes; `connection_lost` follows."""
        self._at_end = True
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Complete a body that ends with the connection; break everything else."""
        self.lost = True
        self.reusable = False
        response = self._response
        if response is not None and self._at_end and self._chunks is None and response.head.length is None:
            self._complete(response, b"")
        elif response is not None:
            self.fail(UpstreamProtocolError(f"`{self._name}` ended the connection within its response"))
        elif self._taker is not None:
            self.fail(UpstreamUnavailable(f"`{self._name}` ended the connection before it answered"))
        self._on_lost(self)

    # What the pool's watch and the response call.

    def expire(self) -> None:
        """Act on a deadline that has passed."""
        if self._taker is not None:
            self.fail(UpstreamTimeout(f"`{self._name}` did not begin to answer in time"))
        elif self._response is not None:
            self.fail(UpstreamTimeout(f"`{self._name}` did not go on with its response in time"))
        else:
            self.abort()

    def pause(self) -> None:
        """Let the server wait for our reader; no time runs while it does, but the total."""
        if self._response is not None:
            self._paused = True
            self.deadline = self._final
            self._transport.pause_reading()

    def resume(self) -> None:
        """Let it go on."""
        if self._paused and not self.lost:
            self._paused = False
            self.deadline = self._until(self._timeouts.idle)
            self._transport.resume_reading()

    # Reading.

    def _read_head(self, data: bytes) -> None:
        pending = self._pending + data if self._pending else data
        while True:
            end = pending.find(b"\r\n\r\n", self._seen) + 4
            if end < 4 or end > response_head.HEAD_BYTES:  # noqa: PLR2004 - not found
                self._pending = self._checked_beginning(pending)
                return
            head = (not self._bodiless and self._known.get(pending[:end])) or self._parsed(pending[:end])
            pending = pending[end:]
            self._seen = 0
            if head.status >= 200:  # noqa: PLR2004 - final
                break
            self._interim += 1
            if self._interim > _INTERIM or head.status == _SWITCHING_PROTOCOLS:
                raise UpstreamProtocolError("interim responses without end, or for a protocol nobody asked for")
        self._pending = b""
        self._begin(head, pending)

    def _checked_beginning(self, pending: bytes) -> bytes:
        if len(pending) >= response_head.HEAD_BYTES:
            raise UpstreamProtocolError("the response head is too long")
        if not _BEGINNING.startswith(pending[: len(_BEGINNING)]) or ILLEGAL.search(pending, self._seen):
            raise UpstreamProtocolError("the response head is malformed")
        self._seen = max(0, len(pending) - 3)
        return pending

    def _parsed(self, raw: bytes) -> ResponseHead:
        if self._bodiless:
            return response_head.parse(raw, bodiless=True)
        head = self._known.get(raw)
        if head is None:
            head = response_head.parse(raw)
            if len(raw) <= _REMEMBERED_BYTES:
                if len(self._known) == _REMEMBERED:
                    self._known.clear()
                self._known[raw] = head
        return head

    def _begin(self, head: ResponseHead, beginning: bytes) -> None:
        taker, self._taker = self._taker, None
        if taker is None:
            self.abort()
        elif head.length == len(beginning):
            # The usual case, without its detours: a whole answer in one packet.
            self._settle(head)
            if not taker.take(Response(head, self, beginning)):
                self.abort()
        else:
            response = self._response = Response(head, self)
            self._left = head.length or 0
            self._chunks = ChunkDecoder(UpstreamProtocolError) if head.chunked else None
            try:
                self._read_body(response, beginning)
            finally:
                # A body that breaks at once is an answer all the same: whoever reads it learns why it ends.
                if not taker.take(response):
                    self.abort()

    def _read_body(self, response: Response, data: bytes) -> None:
        if self._chunks is not None:
            content = self._chunks.feed(data)
            finished, rest = self._chunks.done, self._chunks.rest
        elif response.head.length is not None:
            content, rest = data[: self._left], data[self._left :]
            self._left -= len(content)
            finished = not self._left
        else:
            content, finished, rest = data, False, b""
        self.deadline = self._until(self._timeouts.idle)
        if finished:
            self._complete(response, rest, content)
        else:
            response.put(content)

    def _complete(self, response: Response, rest: bytes, content: bytes = b"") -> None:
        self._response = self._chunks = None
        self._settle(response.head)
        if rest:
            self.reusable = False
        response.put(content)
        response.end()

    def _settle(self, head: ResponseHead) -> None:
        """Between two exchanges: nothing is owed, and it is known whether another one may follow."""
        self.deadline = NEVER
        self.keeps = head.keeps
        self.reusable = not (head.closes or self.lost or self._transport.get_write_buffer_size())

    def _until(self, seconds: float) -> float:
        return min(self._final, self.clock() + seconds)
