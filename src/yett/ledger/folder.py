"""The ledger's folder: the few things a writer asks of the file system, so that a test can make each of them fail."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path
from typing import Final

from yett import exclusive
from yett.errors import LedgerError, LedgerInUse

SEGMENT: Final = re.compile(r"([0-9]{15})-([0-9a-f]{8})\.jsonl")
"""First sequence number, then the instance that wrote the file: names sort as the chain runs."""


class Folder:
    """A folder that this process alone writes to. Every name is opened relative to it and never through a link."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def open(cls, path: Path) -> Folder:
        """Make the folder where it is missing, check that nobody else can write there, and lock it."""
        if sys.platform == "win32":
            raise LedgerError("a ledger is written on POSIX systems only: run Yett there, in a container or in WSL")
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            why = "it is a file, and a ledger is a folder" if path.is_file() else (error.strerror or "").lower()
            raise LedgerError(f"cannot open the ledger's folder `{path}`: {why}") from error
        try:
            _check(path, os.fstat(descriptor))
            _lock(path, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, descriptor)

    def create(self, name: str) -> int:
        """A new, empty file for appending. Fails where the name exists already, be it a link."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(name, flags, 0o600, dir_fd=self._descriptor)

    def write(self, file: int, chunk: bytes) -> int:
        """Hand bytes to the kernel; how many it took."""
        return os.write(file, chunk)

    def sync(self, file: int) -> None:
        """Wait until the file's bytes are on the device."""
        os.fdatasync(file)

    def sync_names(self) -> None:
        """Wait until the folder's own list of names is on the device."""
        os.fsync(self._descriptor)

    def cut(self, file: int, size: int) -> None:
        """Take back what stands beyond `size`."""
        os.ftruncate(file, size)

    def is_still(self, name: str, file: int, size: int) -> bool:
        """Whether `name` is still the open `file` and exactly as long as we made it."""
        try:
            named = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except OSError:
            return False
        opened = os.fstat(file)
        return (named.st_dev, named.st_ino, named.st_size) == (opened.st_dev, opened.st_ino, size)

    def remove(self, name: str) -> None:
        """Delete a file that holds no kept record."""
        os.unlink(name, dir_fd=self._descriptor)

    def shut(self, file: int) -> None:
        """Close a file."""
        os.close(file)

    def close(self) -> None:
        """Release the lock."""
        os.close(self._descriptor)


def segment_names(path: Path) -> list[str]:
    """The segment files of a folder, in the order of the chain."""
    return sorted(entry.name for entry in path.iterdir() if SEGMENT.fullmatch(entry.name))


def _lock(path: Path, descriptor: int) -> None:
    if not exclusive.try_lock(descriptor):
        raise LedgerInUse(f"another process writes the ledger `{path}`: one ledger has one writer")


def _check(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise LedgerError(f"the ledger's folder `{path}` belongs to another user: give it one of its own")
    if stat.S_IMODE(found.st_mode) & 0o022:
        raise LedgerError(f"others can write to the ledger's folder `{path}`: `chmod 700` it or name one within")
