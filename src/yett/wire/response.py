"""An upstream's answer as its reader sees it: a head at once, a body as it comes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final, Protocol

from yett.errors import PeerError, UpstreamError, UpstreamProtocolError
from yett.wire.http import Header, ResponseHead

_HELD_BYTES: Final = 65_536
"""Received and not yet read, beyond which the upstream has to wait."""


class Source(Protocol):
    """Where a body comes from."""

    def pause(self) -> None:
        """Let the upstream wait."""
        ...

    def resume(self) -> None:
        """Let it go on."""
        ...


class Response:
    """One answer. Valid inside the `async with` that opened it.

    `read()` and `chunks()` raise `UpstreamProtocolError` or `UpstreamTimeout` when the body breaks, is cut off or
    stops; what was received before is given out first.
    """

    __slots__ = ("_begun", "_error", "_held", "_paused", "_pieces", "_source", "_waiter", "complete", "head")

    def __init__(self, head: ResponseHead, source: Source, whole: bytes | None = None) -> None:
        self.head = head
        self.complete = whole is not None
        """The whole body was received."""
        self._begun = False  # a piece was given out
        self._source = source
        self._pieces: deque[bytes] = deque((whole,) if whole else ())
        self._held = len(whole) if whole else 0
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._error: PeerError | UpstreamError | None = None

    @property
    def status(self) -> int:
        """The status code; 3xx are as final as any other."""
        return self.head.status

    @property
    def headers(self) -> tuple[Header, ...]:
        """All headers, names in lower case."""
        return self.head.headers

    def get(self, name: bytes) -> bytes | None:
        """The first value of a header, by its lower-case name."""
        return self.head.get(name)

    def whole(self, limit: int) -> bytes | None:
        """The whole body, if it lies here in one piece of at most `limit` bytes: what `read()` would wait for."""
        if self.complete and not self._begun and self._held <= limit and len(self._pieces) == 1:
            self._begun = True
            self._held = 0
            return self._pieces.popleft()
        return None

    async def read(self, limit: int) -> bytes:
        """The whole body. Raises `UpstreamProtocolError` when it is longer than `limit` bytes."""
        whole = self.whole(limit)
        if whole is not None:
            return whole
        announced = self.head.length or 0
        pieces: list[bytes] = []
        size = 0
        while announced <= limit and (piece := await self._next()):
            size += len(piece)
            if size > limit:
                break
            pieces.append(piece)
        if size > limit or announced > limit:
            raise UpstreamProtocolError(f"the response is longer than {limit} bytes")
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def chunks(self) -> AsyncIterator[bytes]:
        """The body piece by piece, as it arrives; the pieces' borders mean nothing."""
        return _Chunks(self)

    async def _next(self) -> bytes:
        """The next piece, or nothing at the end."""
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self.complete:
                return b""
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        piece = self._pieces.popleft()
        self._begun = True
        self._held -= len(piece)
        if self._paused and self._held <= _HELD_BYTES // 2:
            self._paused = False
            self._source.resume()
        return piece

    # What the connection calls.

    def put(self, piece: bytes) -> None:
        """Take what was received of the body."""
        if not piece:
            return
        self._pieces.append(piece)
        self._held += len(piece)
        if self._held > _HELD_BYTES and not self._paused:
            self._paused = True
            self._source.pause()
        self._wake()

    def end(self) -> None:
        """The body is complete."""
        self.complete = True
        self._wake()

    def fail(self, error: PeerError | UpstreamError) -> None:
        """The body will never be complete."""
        self._error = error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None:
            if not self._waiter.done():
                self._waiter.set_result(None)
            self._waiter = None


class _Chunks(AsyncIterator[bytes]):
    __slots__ = ("_response",)

    def __init__(self, response: Response) -> None:
        self._response = response

    async def __anext__(self) -> bytes:
        piece = await self._response._next()  # noqa: SLF001 - the other half of the same thing
        if not piece:
            raise StopAsyncIteration
        return piece
