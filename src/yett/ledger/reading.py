"""Reading segments that may be hostile: line by line, in bounded memory, never through a link."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

from yett.errors import LedgerError
from yett.ledger.chain import MAX_LINE

_CHUNK: Final = 64 * 1024


class Line(Struct, frozen=True, kw_only=True):
    """One physical line. `text` is without the newline; `ended` says whether there was one within `MAX_LINE`."""

    offset: int
    text: bytes
    ended: bool


class Rest(Struct, frozen=True, kw_only=True):
    """Bytes from `offset` to the end of a file, by their SHA-256."""

    offset: int
    bytes: int
    sha256: str


def opened(path: Path) -> BinaryIO:
    """A regular file for reading, never reached through a link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise LedgerError(f"cannot read `{path}`: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise LedgerError(f"cannot read `{path}`: not a regular file")
    return io.open(descriptor, "rb")  # noqa: UP020 - `open` here would read as this module's own word


def lines(file: BinaryIO, offset: int = 0) -> Iterator[Line]:
    """The lines from `offset` on. One that does not end within `MAX_LINE` is the last to come."""
    file.seek(offset)
    while text := file.readline(MAX_LINE + 1):
        ended = text.endswith(b"\n")
        yield Line(offset=offset, text=text[:-1] if ended else text, ended=ended)
        if not ended:
            return
        offset += len(text)


def rest(file: BinaryIO, offset: int) -> Rest:
    """What stands from `offset` to the end, however long."""
    file.seek(offset)
    digest, length = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        length += len(chunk)
    return Rest(offset=offset, bytes=length, sha256=digest.hexdigest())


def last_line(file: BinaryIO, size: int | None = None) -> Line | None:
    """The last line that ended with a newline, found from the end; `None` where there is none within reach.

    With `size`, as if the file were as long as that.
    """
    if size is None:
        size = file.seek(0, os.SEEK_END)
    start = max(0, size - 2 * MAX_LINE)
    file.seek(start)
    tail = file.read(size - start)
    end = tail.rfind(b"\n")
    if end < 0:
        return None
    begin = tail.rfind(b"\n", 0, end) + 1
    if begin == 0 and start > 0:
        return None
    return Line(offset=start + begin, text=tail[begin:end], ended=True)
