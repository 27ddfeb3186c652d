"""Bytes to whole requests, however they were cut into packets. No I/O, no clock: equal bytes give equal requests."""

from __future__ import annotations

import re
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
_LENGTH: Final = re.compile(rb"\r\ncontent-length: ([1-9][0-9]{0,15})\r\n", re.IGNORECASE)
_BEFORE_NAME: Final = len(b"\r\ncontent")


_NO_HEAD: Final = RequestHead(method="", target=b"")


class Stage(Enum):
    """What a reader is waiting for."""

    IDLE = "idle"
    HEAD = "head"
    BODY = "body"


# Looking a member up on its class costs more than comparing it.
_IDLE, _HEAD, _BODY = Stage


class RequestReader:
    """Collects one request after the other. `feed()` takes bytes; `next()` gives a request once it is whole."""

    __slots__ = ("_body", "_chunks", "_head", "_known", "_last", "_last_raw", "_seen", "continues", "pending")

    def __init__(self) -> None:
        self.pending = b""
        """What lies here unread."""
        self._seen = 0  # how much of an unfinished head was examined
        self._head: RequestHead | None = None
        self._body = bytearray()
        self._chunks: ChunkDecoder | None = None
        self._known: dict[bytes | tuple[bytes, bytes], RequestHead] = {}  # a pair: before and behind the length
        self._last_raw = b""
        self._last = _NO_HEAD
        self.continues = False
        """The client waits for `100 Continue` before it sends the body. Whoever sends that clears it."""

    @property
    def stage(self) -> Stage:
        """What the next byte belongs to."""
        if self._head is not None:
            return _BODY
        return _HEAD if self.pending else _IDLE

    def feed(self, received: bytes) -> None:
        """Take bytes as they came."""
        self.pending = self.pending + received if self.pending else received

    def next(self, limits: ListenerLimits) -> Whole | None:
        """The next request, or `None` when more bytes are needed.

        Raises `DownstreamProtocolError` as soon as the bytes cannot become a request that we accept; the reader is of
        no use then.
        """
        current = self._head
        if current is None:
            if (again := self._next_alike(limits)) is not None:
                return again
            current = self._read_head(limits)
            if current is None:
                return None
            if not current.length and not current.chunked:
                return current, b""
            if 0 < current.length <= len(self.pending):
                body, self.pending = self.pending[: current.length], self.pending[current.length :]
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

    def _next_alike(self, limits: ListenerLimits) -> Whole | None:
        """The next request where it begins with the very bytes of the last head and is here whole.

        A head ends at its first empty line, and the last one held none before its end: so does this one.
        """
        last, head, pending = self._last_raw, self._last, self.pending
        start = len(last)
        end = start + head.length
        if (
            not start
            or len(pending) < end
            or head.chunked
            or start > limits.head_bytes
            or head.length > limits.body_bytes
            or not pending.startswith(last)
        ):
            return None
        self.pending = pending[end:]
        self._seen = 0
        return head, pending[start:end]

    def _read_head(self, limits: ListenerLimits) -> RequestHead | None:
        pending = self.pending
        if not pending:
            return None
        end = pending.find(b"\r\n\r\n", self._seen) + 4
        if end < 4 or end > limits.head_bytes:  # noqa: PLR2004 - not found
            self._refuse_or_wait(pending, limits)
            return None
        found = self._recalled(pending[:end], limits)
        if found.length > limits.body_bytes:
            raise DownstreamProtocolError("the body is too large", status=413)
        self.pending = pending[end:]
        self._seen = 0
        return found

    def _refuse_or_wait(self, pending: bytes, limits: ListenerLimits) -> None:
        if len(pending) >= limits.head_bytes:
            raise diagnosis.overlong(pending[: limits.head_bytes])
        if problem := diagnosis.impossible(pending, self._seen):
            raise DownstreamProtocolError(problem)
        self._seen = max(0, len(pending) - 3)

    def _recalled(self, raw: bytes, limits: ListenerLimits) -> RequestHead:
        """The head that `raw` holds: the last one again, a known one with another length, or parsed."""
        if raw == self._last_raw:
            return self._last
        start, end = _length_digits(raw)
        # A pair, and never equal to the bytes of a head: a missing number must not pass for a known one.
        key = (raw[:start], raw[end:]) if start else raw
        found = self._known.get(key)
        if found is None:
            found = head.parse(raw, headers=limits.headers)
        elif start:
            # All other bytes are equal, and both lengths are plain numbers above zero: nothing else can differ.
            found = found.with_length(int(raw[start:end]))
        if len(raw) <= _REMEMBERED_BYTES and len(found.headers) <= _REMEMBERED_HEADERS:
            if len(self._known) == _REMEMBERED:
                self._known.clear()
            self._known[key] = self._last = found
            self._last_raw = raw
        return found

    def _begin_body(self, current: RequestHead, limits: ListenerLimits) -> None:
        self._head = current
        self.continues = current.expects_continue
        if current.chunked:
            self._chunks = ChunkDecoder(DownstreamProtocolError, limit=limits.body_bytes)

    def _read_length(self, length: int) -> bool:
        missing = length - len(self._body)
        self._body += self.pending[:missing]
        self.pending = self.pending[missing:]
        return len(self._body) == length

    def _read_chunks(self, decoder: ChunkDecoder) -> bool:
        self._body += decoder.feed(self.pending)
        if decoder.exceeded:
            raise DownstreamProtocolError("the body is too large", status=413)
        self.pending = decoder.rest
        return decoder.done


def _length_digits(raw: bytes) -> tuple[int, int]:
    """Where the digits of a plain `content-length` above zero stand; twice zero where there are none."""
    at = raw.find(b"-Length: ")
    if at < 0:
        at = raw.find(b"-length: ")
    found = _LENGTH.match(raw, at - _BEFORE_NAME) if at >= _BEFORE_NAME else None
    return found.span(1) if found is not None else (0, 0)
