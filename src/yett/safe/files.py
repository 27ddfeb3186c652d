"""Files that stay below their root: opened at once, not checked first and opened later.

Between a check of a path and its use, whoever may write in the folder can put a link in its place. So there is no
function here that only says whether a path is fine: what is returned is the open file.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, Literal

from yett.errors import SafeError, UnsafeInput
from yett.safe import beneath

PATH_BYTES: Final = 4_096
"""As long as Linux allows (PATH_MAX)."""
NAMES: Final = 256
"""Folders on the way to a file."""
ENTRIES: Final = 100_000
"""Names that a listing returns; a larger folder is refused."""

Mode = Literal["rb", "wb", "ab", "xb", "r+b"]

_FLAGS: Final = {
    "rb": os.O_RDONLY,
    "wb": os.O_WRONLY | os.O_CREAT,  # emptied once it is known to be a regular file
    "ab": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
    "xb": os.O_WRONLY | os.O_CREAT | os.O_EXCL,
    "r+b": os.O_RDWR,
}
_NEVER_BLOCKS: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
"""A FIFO that nobody writes to would be waited for for ever."""


def confine(root: str | os.PathLike[str], path: str | os.PathLike[str], mode: Mode = "rb") -> BinaryIO:
    """Open a regular file below `root`, and below nothing else. Use it with `with`.

    `path` is relative to `root`, or absolute and below it as it is written. Links are not followed, wherever they
    point; `..` is refused. Raises `UnsafeInput` for these, and the usual `OSError` (`FileNotFoundError` ...) otherwise.
    """
    flags = _FLAGS.get(mode)
    if flags is None:
        raise ValueError(f"`{mode}` is no mode: {', '.join(_FLAGS)}")
    names = _names(root, path)
    if not names:
        raise UnsafeInput("the path names the folder itself, not a file in it")
    with _folder(root) as folder:
        descriptor = _open(folder, names, flags | _NEVER_BLOCKS)
    try:
        _check_regular(descriptor, path)
        if mode == "wb":
            os.ftruncate(descriptor, 0)
        return os.fdopen(descriptor, mode)
    except BaseException:
        os.close(descriptor)
        raise


def entries(root: str | os.PathLike[str], path: str | os.PathLike[str] = ".") -> list[str]:
    """The names in a folder below `root`, sorted; a `/` at the end marks a folder. Refuses as `confine` does."""
    names = _names(root, path)
    with _folder(root) as folder:
        descriptor = _open(folder, names, os.O_RDONLY | os.O_DIRECTORY)
    try:
        found: list[str] = []
        with os.scandir(descriptor) as listed:
            for entry in listed:
                if len(found) == ENTRIES:
                    raise UnsafeInput(f"`{_shown(path)}` holds more than {ENTRIES} names")
                found.append(f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name)
    finally:
        os.close(descriptor)
    return sorted(found)


def _check_regular(descriptor: int, path: str | os.PathLike[str]) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise UnsafeInput(f"`{_shown(path)}` is not a regular file")


def _open(folder: int, names: tuple[str, ...], flags: int) -> int:
    try:
        return beneath.open_beneath(folder, names, flags)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EXDEV):
            raise UnsafeInput(f"`{_shown('/'.join(names))}` leads through a link, which is not followed") from None
        # With the path as it was given: what stands above the root is nobody's business.
        raise type(error)(error.errno, error.strerror, "/".join(names)) from None


@contextmanager
def _folder(root: str | os.PathLike[str]) -> Iterator[int]:
    """The root, which is trusted: the server's author named it, and it may be a link."""
    if not beneath.can_confine():
        raise SafeError("files cannot be confined on this system: it cannot open them relative to a folder")
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _names(root: str | os.PathLike[str], path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The names on the way down. Raises `UnsafeInput` for whatever could mean another way."""
    text = os.fspath(path)
    if not isinstance(text, str):
        raise TypeError("a path is text")
    try:
        size = len(os.fsencode(text))
    except UnicodeEncodeError:
        raise UnsafeInput("the path holds characters that no file name has") from None
    if not text or "\x00" in text:
        raise UnsafeInput("the path is empty, or holds a NUL character")
    if size > PATH_BYTES:
        raise UnsafeInput(f"the path is longer than {PATH_BYTES} bytes")
    names = tuple(name for name in _relative(os.fspath(root), text).split("/") if name not in ("", "."))
    if ".." in names:
        raise UnsafeInput("`..` leads out of a folder and is refused")
    if len(names) > NAMES:
        raise UnsafeInput(f"the path goes through more than {NAMES} folders")
    return names


def _relative(root: str, path: str) -> str:
    if not path.startswith("/"):
        return path
    above = root.rstrip("/") + "/"
    if root.startswith("/") and (path + "/").startswith(above):
        return path[len(above) :]
    raise UnsafeInput(f"`{_shown(path)}` is not below the root")


def _shown(path: str | os.PathLike[str]) -> str:
    return "".join(character if character.isprintable() else "?" for character in os.fspath(path)[:200])
