"""Reads an archive (wheel, sdist, npm tarball, `.mcpb`) in memory, bounded: nothing is unpacked onto the disk."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

from yett.auditor.bounds import Budget
from yett.auditor.source import NOT_TEXT, SKIPPED_FOLDERS, is_binary
from yett.auditor.subject import Skipped
from yett.errors import TargetError

ZIP: Final = (".whl", ".mcpb", ".dxt", ".zip")
TAR: Final = (".tar.gz", ".tgz", ".tar")
LARGEST_ARCHIVE: Final = 200_000_000
# APPNOTE.TXT 4.3.16: the end of the central directory, with at most 64 KiB of comment behind it. The directory is read
# into memory whole: 16 MB of it are more than 100,000 files.
_END: Final = b"PK\x05\x06"
_END_SPAN: Final = 22 + 65_535
_LARGEST_DIRECTORY: Final = 16_000_000
# Expanded bytes of a tar that are passed over, not kept, before it is taken for a bomb.
_EXPANSION: Final = 4
_BROKEN: Final = (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError)


class _TooMuch(Exception):
    pass


def is_archive(path: str) -> bool:
    """Whether a file is, by its name, an archive that is read."""
    return path.lower().endswith((*ZIP, *TAR))


def read_archive(path: Path, budget: Budget) -> tuple[dict[str, bytes], list[Skipped]]:
    """Every text file of an archive, by its path inside; and what was left out. Raises TargetError."""
    files: dict[str, bytes] = {}
    skipped: list[Skipped] = []
    try:
        if path.stat().st_size > LARGEST_ARCHIVE:
            raise TargetError(f"larger than {LARGEST_ARCHIVE} bytes")
        with path.open("rb") as file:
            members = _zipped(file, budget) if path.name.lower().endswith(ZIP) else _tarred(file, budget)
            for name, content in members:
                _keep(name, content, files, skipped)
    except _TooMuch as error:
        skipped.append(Skipped(path=path.name, why=f"{error}: the rest of this archive was not read"))
    except (*_BROKEN, NotImplementedError, RuntimeError) as error:
        # zipfile says RuntimeError of an encrypted member, NotImplementedError of an unknown method.
        if not files:
            raise TargetError(f"not an archive that can be read ({type(error).__name__})") from error
        skipped.append(Skipped(path=path.name, why="broken: the rest of this archive was not read"))
    return _without_top(files, skipped)


def _keep(name: str, content: bytes | str, files: dict[str, bytes], skipped: list[Skipped]) -> None:
    if isinstance(content, str):
        skipped.append(Skipped(path=name, why=content))
    elif name in files:
        skipped.append(Skipped(path=name, why="stands in the archive twice: the first was read"))
    else:
        files[name] = content


def _zipped(file: io.BufferedReader, budget: Budget) -> Iterator[tuple[str, bytes | str]]:
    _check_directory(file)
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            if why := budget.see():
                raise _TooMuch(why)
            if entry.is_dir():
                continue
            why = _refusal(entry.filename) or budget.refusal(entry.file_size)
            if why:
                yield entry.filename, why
                continue
            try:
                with archive.open(entry) as member:
                    yield entry.filename, _read(member, budget)
            except (*_BROKEN, NotImplementedError, RuntimeError) as error:
                yield entry.filename, f"cannot be unpacked ({type(error).__name__})"


def _check_directory(file: io.BufferedReader) -> None:
    """Refuse a directory that would fill the memory, by every record that could be taken for its end."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END_SPAN))
    tail = file.read()
    at = tail.find(_END)
    while at >= 0:
        if len(tail) - at >= struct.calcsize("<4s4H2L"):
            directory = struct.unpack_from("<4s4H2L", tail, at)[5]
            if directory > _LARGEST_DIRECTORY:
                raise TargetError(f"a zip directory of more than {_LARGEST_DIRECTORY} bytes")
        at = tail.find(_END, at + 1)
    file.seek(0)


def _tarred(file: io.BufferedReader, budget: Budget) -> Iterator[tuple[str, bytes | str]]:
    packed = file.peek(2)[:2] == b"\x1f\x8b"
    expanded = gzip.GzipFile(fileobj=file) if packed else file
    counted = _Counted(expanded, budget.bounds.bytes * _EXPANSION, budget)
    with tarfile.open(fileobj=io.BufferedReader(counted), mode="r|") as archive:
        for member in archive:
            if why := budget.see():
                raise _TooMuch(why)
            name = member.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            if member.isdir():
                continue
            if not member.isreg():
                yield name, "a link or a device, not followed"
                continue
            why = _refusal(name) or budget.refusal(member.size)
            content = None if why else archive.extractfile(member)
            yield name, why or (_read(content, budget) if content is not None else "no content")


class _Counted(io.RawIOBase):
    """A stream that ends with _TooMuch once more was expanded than any package has."""

    def __init__(self, stream: io.BufferedIOBase, most: int, budget: Budget) -> None:
        self._stream = stream
        self._left = most
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed: any writable buffer
        content = self._stream.read(len(buffer))
        self._left -= len(content)
        if self._left < 0:
            raise _TooMuch("it expands without end")
        if why := self._budget.out_of_time():
            raise _TooMuch(why)
        buffer[: len(content)] = content
        return len(content)


def _read(member: IO[bytes], budget: Budget) -> bytes | str:
    # What the archive says of the size is not believed.
    content = member.read(budget.bounds.one_file + 1)
    if why := budget.refusal(len(content)):
        return why
    budget.spend(len(content))
    return NOT_TEXT if b"\0" in content[:8192] else content


def _refusal(name: str) -> str:
    """Why a member is not read, by its name alone; empty when it may be."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or name[1:2] == ":":
        return "its name leads out of the archive"
    for part in parts[:-1]:
        if part in SKIPPED_FOLDERS:
            return SKIPPED_FOLDERS[part]
    return NOT_TEXT if is_binary(name) else ""


def _without_top(files: dict[str, bytes], skipped: list[Skipped]) -> tuple[dict[str, bytes], list[Skipped]]:
    """Without the one folder that holds everything (`package/`, `name-1.0/`): it says nothing, or only the version."""
    tops = {path.partition("/")[0] for path in files}
    if len(tops) != 1 or not all("/" in path for path in files):
        return files, skipped
    top = f"{tops.pop()}/"
    stripped = {path.removeprefix(top): content for path, content in files.items()}
    return stripped, [Skipped(path=each.path.removeprefix(top), why=each.why) for each in skipped]
