"""A file of identity's on disk: for its owner alone, read whole, and replaced whole under a lock."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from yett import exclusive
from yett.errors import StoreError

MAX_BYTES: Final = 1024 * 1024
"""Some 3,000 tokens, or 10,000 revocations. Beyond that, an identity provider is the better place for them."""


class Mark(Struct, frozen=True, kw_only=True):
    """What changes when a file does. Times are in nanoseconds."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int
    mode: int
    owner: int


class Snapshot(Struct, frozen=True, kw_only=True):
    """The file at one moment. `mark` is `None` where there was no file."""

    mark: Mark | None = None
    content: bytes = b""


class OwnerFile:
    """Reads and replaces one file. Everything wrong with it is a `StoreError`, which calls it `what`."""

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        self._what = f"the {what} `{path}`"

    def mark(self) -> Mark | None:
        """What the file looks like from outside; `None` when it is gone. One system call."""
        try:
            return _mark(self.path.lstat())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"cannot read {self._what}: {error.strerror}") from error

    def snapshot(self) -> Snapshot:
        """The file's bytes, after checking that nobody else can read or write them."""
        if sys.platform == "win32":
            raise StoreError(f"{self._what} cannot be checked on Windows: use a POSIX system")
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return Snapshot()
        except OSError as error:
            why = "a symbolic link" if self.path.is_symlink() else error.strerror
            raise StoreError(f"cannot read {self._what}: {why}") from error
        try:
            found = os.fstat(descriptor)
            self._check(found)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise StoreError(f"cannot read {self._what}: {error.strerror}") from error
        finally:
            os.close(descriptor)
        if len(content) > MAX_BYTES:
            raise StoreError(f"{self._what} is larger than {MAX_BYTES} bytes")
        return Snapshot(mark=_mark(found), content=content)

    def change(self, change: Callable[[bytes], bytes]) -> None:
        """Replace the content by what `change` makes of it. Nobody else writes meanwhile."""
        try:
            with self._locked():
                before = self.snapshot().content
                after = change(before)
                if after != before:
                    self._replace(after)
        except OSError as error:
            raise StoreError(f"cannot write {self._what}: {error.strerror}") from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other writers out. The lock is a file of its own, because the token file is replaced under it."""
        lock = self.path.with_name(f".{self.path.name}.lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            exclusive.lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _replace(self, content: bytes) -> None:
        """Readers see the old file or the new one, whole, even after a power cut."""
        if len(content) > MAX_BYTES:
            raise StoreError(f"{self._what} would be larger than {MAX_BYTES} bytes")
        draft = self.path.with_name(f".{self.path.name}.{os.urandom(4).hex()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            draft.rename(self.path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _check(self, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise StoreError(f"{self._what} is not a regular file")
        if found.st_uid != os.geteuid():
            raise StoreError(f"{self._what} belongs to another user")
        if found.st_mode & 0o077:
            raise StoreError(f"others can read or write {self._what}: run `chmod 600` on it")


def _mark(found: os.stat_result) -> Mark:
    return Mark(
        device=found.st_dev,
        inode=found.st_ino,
        size=found.st_size,
        modified=found.st_mtime_ns,
        changed=found.st_ctime_ns,
        mode=found.st_mode,
        owner=found.st_uid,
    )
