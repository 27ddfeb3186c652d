"""The way back to the client for one request: a whole answer at once, or a stream piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from yett.errors import DownstreamGone
from yett.wire import chunks, reply
from yett.wire.http import Header, RequestHead


class Line(Protocol):
    """The connection as a responder sees it."""

    gone: bool
    """The client has left, or was left."""
    congested: bool
    """The client reads more slowly than we write."""

    @property
    def closes(self) -> bool:
        """The connection ends with the present exchange."""
        ...

    def put(self, written: bytes) -> None:
        """Send bytes, or drop them when the client is gone."""
        ...

    async def flow(self) -> None:
        """Wait until the client has caught up. Raises `DownstreamGone` when it leaves instead."""
        ...

    def over(self, responder: Responder) -> None:
        """Go on with the next request: nothing answers this one any more."""
        ...


class Answer(Protocol):
    """The way back to a client, whatever carries it. What each method promises stands at `Responder`."""

    started: bool
    finished: bool

    def send(self, status: int, headers: Sequence[Header], body: bytes) -> None:
        """Send a whole answer."""
        ...

    def start(self, status: int, headers: Sequence[Header]) -> None:
        """Begin a stream."""
        ...

    async def write(self, chunk: bytes) -> None:
        """Send a piece of a stream."""
        ...

    def finish(self) -> None:
        """End a stream."""
        ...

    def over(self) -> None:
        """Say that whoever is called back has nothing more to say."""
        ...


class Responder:
    """Answers one request.

    `send()` is the whole answer. `start()`, `write()` any number of times and `finish()` are a stream. Everything
    raises `ValueError` for headers that must not be sent and `RuntimeError` when used out of order.
    """

    __slots__ = ("_bodiless", "_line", "_minor", "finished", "started")

    def __init__(self, line: Line, head: RequestHead) -> None:
        self.started = False
        """Something was sent."""
        self.finished = False
        """Everything was sent."""
        self._line = line
        self._bodiless = head.method == "HEAD"
        self._minor = head.minor

    def send(self, status: int, headers: Sequence[Header], body: bytes) -> None:
        """Send a whole answer; its `content-length` is added."""
        if self.started:
            raise RuntimeError("the answer has begun already")
        line = self._line
        line.put(reply.whole(status, tuple(headers), body, closes=line.closes, bodiless=self._bodiless))
        self.started = self.finished = True

    def start(self, status: int, headers: Sequence[Header]) -> None:
        """Begin a stream."""
        if self.started:
            raise RuntimeError("the answer has begun already")
        line = self._line
        # An HTTP/1.0 client knows no chunks: there the end of the connection is the end of the stream.
        line.put(reply.opening(status, tuple(headers), closes=line.closes, chunked=self._minor > 0))
        self.started = True

    async def write(self, chunk: bytes) -> None:
        """Send a piece of a stream; returns when the client can take more. Raises `DownstreamGone` when it is gone."""
        if not self.started or self.finished:
            raise RuntimeError("the stream is not open")
        line = self._line
        if line.gone:
            raise DownstreamGone("the client is gone")
        if not chunk or self._bodiless:
            return
        line.put(chunks.encode(chunk) if self._minor else chunk)
        if line.congested:
            await line.flow()

    def over(self) -> None:
        """Say that whoever answers without a coroutine has done so."""
        self._line.over(self)

    def finish(self) -> None:
        """End a stream. Nothing happens when the answer is complete already."""
        if not self.started:
            raise RuntimeError("the stream is not open")
        if not self.finished:
            self.finished = True
            if self._minor and not self._bodiless:
                self._line.put(chunks.LAST)
