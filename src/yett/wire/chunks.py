"""The chunked transfer coding (RFC 9112 section 7.1), without its decorations: no extensions, no trailers."""

from __future__ import annotations

import re
import sys
from typing import Final

from yett.errors import PeerError

LAST: Final = b"0\r\n\r\n"

# What must come next, and what may be the beginning of it. The line end after a chunk's content belongs to the next
# size line, so that content is passed on before it has arrived.
_FIRST: Final = (re.compile(rb"([0-9A-Fa-f]{1,16})\r\n"), re.compile(rb"(?:[0-9A-Fa-f]{1,16}\r?)?"))
_NEXT: Final = (
    re.compile(rb"\r\n([0-9A-Fa-f]{1,16})\r\n"),
    re.compile(rb"(?:\r(?:\n(?:[0-9A-Fa-f]{1,16}\r?)?)?)?"),
)
_END: Final = (re.compile(rb"\r\n"), re.compile(rb"\r?"))


def encode(content: bytes) -> bytes:
    """One chunk. `content` must not be empty: an empty chunk would end the body."""
    return b"%x\r\n%b\r\n" % (len(content), content)


class ChunkDecoder:
    """Takes a chunked body apart, however it was cut into packets.

    `done` is set after the last chunk; `rest` then holds the bytes that follow. `exceeded` is set as soon as a chunk
    announces more than `limit` bytes in all; nothing is decoded from there on. Anything malformed raises `fault`.
    """

    __slots__ = ("_expected", "_fault", "_left", "_limit", "_pending", "_size", "done", "exceeded", "rest")

    def __init__(self, fault: type[PeerError], *, limit: int = sys.maxsize) -> None:
        self.done = False
        self.exceeded = False
        self.rest = b""
        self._fault = fault
        self._limit = limit
        self._size = 0
        self._left = 0
        self._expected = _FIRST
        self._pending = b""

    def feed(self, received: bytes) -> bytes:
        """Take bytes as they came; return the content among them."""
        received = self._pending + received
        self._pending = b""
        pieces: list[bytes] = []
        at = 0
        while True:
            if self._left:
                piece = received[at : at + self._left]
                pieces.append(piece)
                at += len(piece)
                self._left -= len(piece)
                if self._left:
                    break
            line_end = self._line(received, at)
            if line_end < 0:
                self._pending = received[at:]
                break
            at = line_end
            if self.done or self.exceeded:
                self.rest = received[at:]
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _line(self, received: bytes, at: int) -> int:
        """Read the line at `at`; return where it ends, or -1 when it is not complete."""
        whole, partial = self._expected
        line = whole.match(received, at)
        if line is None:
            if partial.fullmatch(received, at) is None:
                raise self._fault("malformed chunked body")
            return -1
        if self._expected is _END:
            self.done = True
            return line.end()
        self._left = int(line.group(1), 16)
        self._size += self._left
        self._expected = _NEXT if self._left else _END
        self.exceeded = self._size > self._limit
        return line.end()
