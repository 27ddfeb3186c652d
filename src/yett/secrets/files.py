"""Secret files: a regular file for its owner alone, or a file of a folder that Kubernetes mounts."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias

from yett.errors import SecretError

FILE_LIMIT: Final = 64 * 1024
"""Bytes a secret file may hold: the largest real ones are certificate chains of some 16 KiB."""

Signature: TypeAlias = tuple[int, int, int, int, int]


def read_file(path: Path, mounts: Sequence[Path] = ()) -> str:
    """Read a secret file: a regular file for its owner alone, at most `FILE_LIMIT` bytes; one final newline is no part.

    The file itself may not be a symbolic link: whoever can swap the link would choose the secret. In the folders
    `mounts` it may be one, as long as what it leads to lies within that folder; and its group may read it.
    """
    mounted = path.parent in mounts
    try:
        # O_NONBLOCK: opening a FIFO that nobody writes to must not hang the start.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if mounted else os.O_NOFOLLOW))
    except (OSError, ValueError) as error:
        raise SecretError(f"cannot open the secret file `{path}`: {_why(error)}") from None
    try:
        if mounted:
            _check_within(descriptor, path)
        _check(os.fstat(descriptor), path, mounted=mounted)
        content = _content(descriptor, path)
    finally:
        os.close(descriptor)
    newline = b"\r\n" if content.endswith(b"\r\n") else b"\n"
    try:
        return content.removesuffix(newline).decode()
    except UnicodeDecodeError:
        raise SecretError(f"the secret file `{path}` is not UTF-8 text") from None


def read_token(path: Path) -> str:
    """A token that the platform puts into a file (Kubernetes, cloud agents): its owner, mode and links are theirs."""
    try:
        with path.open("rb") as file:
            content = file.read(FILE_LIMIT + 1)
    except (OSError, ValueError) as error:
        raise SecretError(f"cannot read the token file `{path}`: {_why(error)}") from None
    token = content.strip()
    if not token or len(token) > FILE_LIMIT or not token.isascii() or not token.decode("ascii").isprintable():
        raise SecretError(f"the token file `{path}` holds no token")
    return token.decode("ascii")


def signature(path: Path) -> Signature | None:
    """What changes when the file does, its link or its links' target included; `None` where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size)


def _why(error: OSError | ValueError) -> str:
    if not isinstance(error, OSError):
        return "its name cannot be a path"
    if error.errno == errno.ELOOP:  # how O_NOFOLLOW says it; the system's own words would mislead
        return "it is a symbolic link; name the file itself, or its folder in `secrets.mounts`"
    return (error.strerror or "unknown error").lower()


def _check_within(descriptor: int, path: Path) -> None:
    """Look at the file that was opened, not at its name: between a look and the opening, links can change."""
    try:
        opened = Path(f"/proc/self/fd/{descriptor}").readlink()
        folder = path.parent.resolve(strict=True)
    except OSError:
        raise SecretError(f"cannot tell where `{path}` leads: folders in `secrets.mounts` need `/proc`") from None
    if not opened.is_relative_to(folder):
        raise SecretError(f"the secret file `{path}` is a link that leads out of its folder")


def _check(status: os.stat_result, path: Path, *, mounted: bool = False) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SecretError(f"the secret file `{path}` is not a regular file")
    if mounted and status.st_mode & 0o027:
        raise SecretError(
            f"the secret file `{path}` can be read or changed by others; set `defaultMode: 0440` on its volume"
        )
    if not mounted and status.st_mode & 0o077:
        raise SecretError(f"the secret file `{path}` can be read by others; run `chmod 600 {path}`")
    if status.st_uid not in {0, os.geteuid()}:
        raise SecretError(f"the secret file `{path}` belongs to somebody else")
    if status.st_size > FILE_LIMIT:
        raise _too_large(path)


def _content(descriptor: int, path: Path) -> bytes:
    content = b""
    # One byte more than allowed: the file may have grown since it was measured.
    while chunk := os.read(descriptor, FILE_LIMIT + 1 - len(content)):
        content += chunk
        if len(content) > FILE_LIMIT:
            raise _too_large(path)
    return content


def _too_large(path: Path) -> SecretError:
    return SecretError(f"the secret file `{path}` is larger than {FILE_LIMIT // 1024} KiB")
