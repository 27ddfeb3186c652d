"""Bytes from a pipe to lines, bounded: what is too long is thrown away up to its end, and the next line is read."""

from __future__ import annotations

from msgspec import Struct


class Overlong(Struct, frozen=True):
    """Stands in the place of a line that was longer than the limit."""


OVERLONG = Overlong()


class Lines:
    """Collects chunks. Lines end with LF; a CR before it is dropped, and so are empty lines."""

    __slots__ = ("_buffer", "_limit", "_skipping")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._skipping = False

    def feed(self, chunk: bytes) -> list[bytes | Overlong]:
        """Return the lines that `chunk` completes."""
        *complete, rest = chunk.split(b"\n")
        found: list[bytes | Overlong] = []
        for part in complete:
            line = self._completed(part)
            if line:
                found.append(line)
        if not self._skipping:
            if len(self._buffer) + len(rest) > self._limit:
                self._buffer.clear()
                self._skipping = True
                found.append(OVERLONG)
            else:
                self._buffer += rest
        return found

    def _completed(self, part: bytes) -> bytes | Overlong:
        if self._skipping:
            self._skipping = False
            return b""
        line = bytes(self._buffer) + part if self._buffer else part
        self._buffer.clear()
        if len(line) > self._limit:
            return OVERLONG
        return line.removesuffix(b"\r")
