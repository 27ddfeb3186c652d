"""The ledger's key: one from the configuration, or one made once and kept beside the ledger."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from yett.errors import LedgerError

KEY_FILE: Final = "ledger.key"
MIN_KEY: Final = 32
"""Bytes: as long as the hash."""

_MAX_FILE: Final = 4096


def read_key(path: Path) -> bytes:
    """A key file's bytes without one line end. Links, pipes and short keys are refused."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise LedgerError(f"cannot read the ledger's key `{path}`: {error.strerror}") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise LedgerError(f"the ledger's key `{path}` is not a regular file")
        key = os.read(descriptor, _MAX_FILE)
    finally:
        os.close(descriptor)
    line_end = b"\r\n" if key.endswith(b"\r\n") else b"\n"  # as `${file:}` references read the same file
    return checked(key.removesuffix(line_end), f"the ledger's key `{path}`")


def checked(key: bytes, what: str) -> bytes:
    """`key`, long enough to be one."""
    if len(key) < MIN_KEY:
        raise LedgerError(f"{what} has {len(key)} bytes, and needs {MIN_KEY} or more")
    return key


def key_beside(folder: Path, *, may_create: bool) -> bytes:
    """The key that lives in the ledger's own folder, made on first use. The caller holds the folder's lock."""
    path = folder / KEY_FILE
    try:
        found = path.lstat()
    except FileNotFoundError:
        if not may_create:
            raise LedgerError(
                f"the key `{path}` is gone while its records are still there: put it back, or move the old ledger away"
            ) from None
        return _create(path)
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise LedgerError(f"others can read or replace the ledger's key `{path}`: `chmod 600` it and own it")
    return read_key(path)


def _create(path: Path) -> bytes:
    key = os.urandom(MIN_KEY).hex().encode()
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)  # what an interrupted start left; no record was made with it
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, key + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.rename(path)
    return key
