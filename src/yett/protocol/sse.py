"""Server-sent events: an incremental decoder that follows the WHATWG rules, and an encoder that no client misreads.

Decoding works on bytes and splits at LF, CR and CRLF only. Encoding writes one `data:` line of our own: a server's
framing never reaches a client. Source: WHATWG HTML, section 9.2, "Server-sent events".
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from yett.errors import UpstreamProtocolError

KEEPALIVE: Final = b": keep-alive\n\n"

# Milliseconds: a day. A server could ask its clients for a pause without end, or for none.
RETRY_MAX: Final = 86_400_000
RETRY_DIGITS: Final = 8

_BOM: Final = b"\xef\xbb\xbf"
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_EVENT_ID: Final = re.compile(r"[A-Za-z0-9._:~/+=-]{1,256}")

# JSON may hold these raw, and some clients take them for line ends (`str.splitlines`). Within JSON they can only stand
# in strings, where an escape means the same.
_UNSAFE: Final = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))


class Event(Struct, frozen=True, kw_only=True):
    """What stood between two empty lines. `data` is `None` where there is nothing to read.

    Such an event is a sign of life: a comment, or the priming event of a resumable stream, which has an `id` only.
    `retry` is in milliseconds.
    """

    data: bytes | None = None
    id: str | None = None
    event: str = "message"
    retry: int | None = None

    @property
    def is_comment(self) -> bool:
        """True when nothing but comments was sent."""
        return self.data is None and self.id is None and self.retry is None


class Decoder:
    """Turns chunks of a stream into events, however the chunks are cut.

    `max_event` bounds all bytes from one empty line to the next, comments included. Nothing is repaired: a stream
    that cannot be read as it stands raises `UpstreamProtocolError`, after the events before the fault were given.
    """

    __slots__ = (
        "_broken",
        "_buffer",
        "_comment",
        "_data",
        "_event",
        "_id",
        "_max",
        "_retry",
        "_size",
        "_skip",
        "_started",
    )

    def __init__(self, max_event: int) -> None:
        self._max = max_event
        self._buffer = bytearray()
        self._started = False
        self._skip = False
        self._broken: UpstreamProtocolError | None = None
        # What the lines since the last empty one said.
        self._data: list[bytes] = []
        self._event = ""
        self._id: str | None = None
        self._retry: int | None = None
        self._comment = False
        self._size = 0

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes of the stream; return the events that they complete."""
        if self._broken is not None:
            raise self._broken
        events: list[Event] = []
        try:
            self._take(chunk, events)
        except UpstreamProtocolError as error:
            self._broken = error
            if not events:
                raise
        return events

    def end(self) -> None:
        """Say that the stream is over. Raises `UpstreamProtocolError` when that cuts an event."""
        if self._broken is not None:
            raise self._broken
        if self._data or (self._buffer and not self._buffer.startswith(b":")):
            raise UpstreamProtocolError("the event stream ended within an event")

    def _take(self, chunk: bytes, events: list[Event]) -> None:
        if self._skip and chunk:
            # The CR that ended the last line was the first half of a CRLF.
            self._skip = False
            chunk = chunk.removeprefix(b"\n")
        if self._buffer or not self._started:
            self._buffer += chunk
            if not self._started and not self._start():
                return
            # Joined only where a line ends: a line that comes in a thousand pieces costs no more than in one.
            if _LINE_END.search(chunk) is None:
                self._check_size(len(self._buffer))
                return
            chunk = bytes(self._buffer)
        *lines, rest = _LINE_END.split(chunk)
        self._skip = not rest and chunk.endswith(b"\r")
        self._buffer = bytearray(rest)
        for line in lines:
            self._line(line, events)
        self._check_size(len(rest))

    def _start(self) -> bool:
        """Drop the byte order mark; tell whether enough has come to know that there is none."""
        if len(self._buffer) < len(_BOM) and _BOM.startswith(self._buffer):
            return False
        self._started = True
        self._buffer = self._buffer.removeprefix(_BOM)
        return True

    def _check_size(self, more: int) -> None:
        if self._size + more > self._max:
            raise UpstreamProtocolError(f"an event of more than {self._max} bytes")

    def _line(self, line: bytes, events: list[Event]) -> None:
        if not line:
            self._dispatch(events)
            return
        self._size += len(line) + 1
        self._check_size(0)
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._event = _utf8(value)
        elif not name:
            self._comment = True
        elif name == b"id" and b"\x00" not in value:
            self._id = _utf8(value)
        elif name == b"retry" and value.isdigit() and len(value) <= RETRY_DIGITS:
            self._retry = min(int(value), RETRY_MAX)

    def _dispatch(self, events: list[Event]) -> None:
        data = b"\n".join(self._data)
        if data:
            events.append(Event(data=data, id=self._id, event=self._event or "message", retry=self._retry))
        elif self._comment or self._id is not None or self._retry is not None:
            events.append(Event(id=self._id, retry=self._retry))
        self._reset()

    def _reset(self) -> None:
        self._data = []
        self._event = ""
        self._id = self._retry = None
        self._comment = False
        self._size = 0


def encode(data: bytes, *, event_id: str = "", retry: int | None = None) -> bytes:
    """Return one event with one `data:` line. `data` is JSON, or empty to prime a resumable stream.

    No byte of `data` can end the line: JSON holds CR and LF as white space only, and as such they become spaces.
    """
    if event_id and not _EVENT_ID.fullmatch(event_id):
        raise ValueError("an event id outside the alphabet of ours")
    line = data.replace(b"\r", b" ").replace(b"\n", b" ")
    if not line.isascii():
        for raw, escape in _UNSAFE:
            line = line.replace(raw, escape)
    head = f"id: {event_id}\n" if event_id else ""
    if retry is not None:
        head += f"retry: {min(max(retry, 0), RETRY_MAX)}\n"
    return head.encode() + b"event: message\ndata: " + line + b"\n\n"


def _utf8(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise UpstreamProtocolError("an event field that is not UTF-8") from None
