"""Bytes to whole requests, however they were cut into packets. No I/O, no clock: equal bytes give equal requests."""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeAlias

from yett.errors import DownstreamProtocolError
from yett.wire import diagnosis, head
from yett.wire.chunks import ChunkDecoder
from yett.wire.http import RequestHead
from yett.wire.limits import ListenerLimits

Whole: TypeAlias = tuple[RequestHead, bytes]
"""A head and its body."""

# A connection's heads are nearly always the same few but for the length of the body. The bounds keep what a hostile
# client can make us remember below 32 KiB.
_REMEMBERED: Final = 3
_REMEMBERED_BYTES: Final = 2_048
_REMEMBERED_HEADERS: Final = 24


class Stage(Enum):
    """What a reader is waiting for."""

    IDLE = "idle"
    HEAD = "head"
    BODY = "body"


class RequestReader:
    """Collects one request after the other. `feed()` takes bytes; `next()` gives a request once it is whole."""

    __slots__ = ("_body", "_chunks", "_head", "_known", "_pending", "_seen", "continues")

    def __init__(self) -> None:
        self._pending = b""
        self._seen = 0  # how much of an unfinished head was examined
        self._head: RequestHead | None = None
        self._body = bytearray()
        self._chunks: ChunkDecoder | None = None
        self._known: dict[bytes, RequestHead] = {}
        self.continues = False
        """The client waits for `100 Continue` before it sends the body. Whoever sends that clears it."""

    @property
    def stage(self) -> Stage:
        """What the next byte belongs to."""
        if self._head is not None:
            return Stage.BODY
        return Stage.HEAD if self._pending else Stage.IDLE

    @property
    def held(self) -> int:
        """How many bytes lie here unread."""
        return len(self._pending)

    def feed(self, received: bytes) -> None:
        """Take bytes as they came."""
        self._pending = self._pending + received if self._pending else received

    def next(self, limits: ListenerLimits) -> Whole | None:
        """The next request, or `None` when more bytes are needed.

        Raises `DownstreamProtocolError` as soon as the bytes cannot become a request that we accept; the reader is of
        no use then.
        """
        current = self._head
        if current is None:
            current = self._read_head(limits)
            if current is None:
                return None
            if not current.length and not current.chunked:
                return current, b""
            if 0 < current.length <= len(self._pending):
                body, self._pending = self._pending[: current.length], self._pending[current.length :]
                return current, body
            self._begin_body(current, limits)
        whole = self._read_chunks(self._chunks) if self._chunks is not None else self._read_length(current.length)
        if not whole:
            return None
        body = bytes(self._body)
        self._head = self._chunks = None
        self._body = bytearray()
        self.continues = False
        return current, body

    def _read_head(self, limits: ListenerLimits) -> RequestHead | None:
        pending = self._pending
        if not pending:
            return None
        end = pending.find(b"\r\n\r\n", self._seen) + 4
        if end < 4 or end > limits.head_bytes:  # noqa: PLR2004 - not found
            self._refuse_or_wait(pending, limits)
            return None
        raw = pending[:end]
        found = self._known.get(raw)
        if found is None:
            found = head.parse(raw, headers=limits.headers)
            self._remember(raw, found)
        if found.length > limits.body_bytes:
            raise DownstreamProtocolError("the body is too large", status=413)
        self._pending = pending[end:]
        self._seen = 0
        return found

    def _refuse_or_wait(self, pending: bytes, limits: ListenerLimits) -> None:
        if len(pending) >= limits.head_bytes:
            raise diagnosis.overlong(pending[: limits.head_bytes])
        if problem := diagnosis.impossible(pending, self._seen):
            raise DownstreamProtocolError(problem)
        self._seen = max(0, len(pending) - 3)

    def _remember(self, raw: bytes, parsed: RequestHead) -> None:
        if len(raw) > _REMEMBERED_BYTES or len(parsed.headers) > _REMEMBERED_HEADERS:
            return
        if len(self._known) == _REMEMBERED:
            self._known.clear()
        self._known[raw] = parsed

    def _begin_body(self, current: RequestHead, limits: ListenerLimits) -> None:
        self._head = current
        self.continues = current.expects_continue
        if current.chunked:
            self._chunks = ChunkDecoder(DownstreamProtocolError, limit=limits.body_bytes)

    def _read_length(self, length: int) -> bool:
        missing = length - len(self._body)
        self._body += self._pending[:missing]
        self._pending = self._pending[missing:]
        return len(self._body) == length

    def _read_chunks(self, decoder: ChunkDecoder) -> bool:
        self._body += decoder.feed(self._pending)
        if decoder.exceeded:
            raise DownstreamProtocolError("the body is too large", status=413)
        self._pending = decoder.rest
        return decoder.done
