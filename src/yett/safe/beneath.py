"""Opens a path below a folder so that no link and no `..` leads out, whatever is renamed meanwhile.

Linux 5.6 and later resolve the whole path in one system call that promises it (openat2(2), RESOLVE_BENEATH). Elsewhere
the path is walked: each folder is opened from the one above it, and never through a link.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
from collections.abc import Sequence
from functools import cache
from typing import Final

_SYS_OPENAT2: Final = 437
"""The same number on every architecture but Alpha."""
_NO_MAGICLINKS: Final = 0x02
_NO_SYMLINKS: Final = 0x04
_BENEATH: Final = 0x08
_ATTEMPTS: Final = 32
"""EAGAIN: a folder was renamed somewhere meanwhile, and the kernel cannot tell whether that matters."""


class _How(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def can_confine() -> bool:
    """Tell whether this system can open a file relative to a folder and refuse links. Windows cannot."""
    return os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW") and hasattr(os, "O_DIRECTORY")


def open_beneath(root: int, names: Sequence[str], flags: int, mode: int = 0o666) -> int:
    """Open what `names` lead to. Raises `OSError`: ELOOP for a link on the way, ENOTDIR, ENOENT and so on."""
    opened = _by_kernel(root, names, flags, mode) if has_openat2() else None
    return walk(root, names, flags, mode) if opened is None else opened


@cache
def has_openat2() -> bool:
    """Tell whether the kernel has the call, and a sandbox does not forbid it."""
    if sys.platform != "linux":
        return False
    here = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        found = _openat2(here, ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, 0)
    except OSError:
        return False
    finally:
        os.close(here)
    os.close(found)
    return True


def _by_kernel(root: int, names: Sequence[str], flags: int, mode: int) -> int | None:
    """`None` where the kernel gave up because too much was renamed meanwhile."""
    path = "/".join(names) or "."
    for _ in range(_ATTEMPTS):
        try:
            return _openat2(root, path, flags | os.O_CLOEXEC, mode if flags & os.O_CREAT else 0)
        except BlockingIOError:
            continue
    return None


def _openat2(root: int, path: str, flags: int, mode: int) -> int:
    how = _How(flags=flags, mode=mode, resolve=_BENEATH | _NO_SYMLINKS | _NO_MAGICLINKS)
    libc = ctypes.CDLL(None, use_errno=True)
    opened = libc.syscall(
        ctypes.c_long(_SYS_OPENAT2),
        ctypes.c_int(root),
        ctypes.c_char_p(os.fsencode(path)),
        ctypes.byref(how),
        ctypes.c_size_t(ctypes.sizeof(how)),
    )
    if opened < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return int(opened)


def walk(root: int, names: Sequence[str], flags: int, mode: int = 0o666) -> int:
    """Open folder after folder without following a link. Names must not be `..`: they are not checked here."""
    if not names:
        return os.open(".", flags | os.O_CLOEXEC, mode, dir_fd=root)
    here = root
    try:
        for name in names[:-1]:
            below = _open_one(here, name, os.O_RDONLY | os.O_DIRECTORY, 0)
            if here != root:
                os.close(here)
            here = below
        return _open_one(here, names[-1], flags, mode)
    finally:
        if here != root:
            os.close(here)


def _open_one(here: int, name: str, flags: int, mode: int) -> int:
    try:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=here)
    except NotADirectoryError as error:
        # O_DIRECTORY and O_NOFOLLOW together say ENOTDIR of a link (open(2)); the difference matters to the caller.
        if _is_link(here, name):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name) from error
        raise


def _is_link(here: int, name: str) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=here, follow_symlinks=False).st_mode)
    except OSError:
        return False
