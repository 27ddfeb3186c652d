"""References to secrets and settings: `${NAME}`, `${env:NAME}`, `${file:/path}`, from text to values.

Parsing a text gives its parts; resolving asks the environment or the disk. Nothing here keeps a value or says it in
an error.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from yett.errors import SecretError

FILE_LIMIT: Final = 64 * 1024
"""Bytes a secret file may hold: the largest real ones are certificate chains of some 16 KiB."""

LATER: Final = frozenset({"vault", "aws-sm", "gcp-sm", "azure-kv", "k8s", "keyring", "sops", "age", "op"})
"""Places that this version does not read: named, so that the error can say so."""

_HINT: Final = "use `${env:NAME}` or `${file:/path}`"
_START: Final = re.compile(r"\$\$\{|\$\{")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One `${...}`: `kind` is `env` or `file`, `name` the variable or the path, `text` how it was written."""

    kind: str
    name: str
    text: str
    default: str | None = None

    @property
    def shown(self) -> str:
        """The text for people: `env:NAME` in single angle quotes, which no value and no shell syntax looks like."""
        return f"\u2039{self.kind}:{self.name}\u203a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """Something that begins like a reference and is none. `text` is the offending part, `help` what to do."""

    message: str
    text: str
    help: str = _HINT


Part: TypeAlias = str | Reference


def parse(text: str) -> tuple[Part, ...] | Malformed:
    """Split a text into literals and references; empty literals are left out. `$${` stands for a literal `${`."""
    parts: list[Part] = []
    literal, position = "", 0
    while found := _START.search(text, position):
        literal += text[position : found.start()]
        position = found.end()
        if found.group() == "$${":
            literal += "${"
            continue
        end = text.find("}", position)
        if end < 0:
            return Malformed(
                message="a reference is not closed",
                text="${",
                help="end it with `}`; `$${` writes the two characters themselves",
            )
        reference = _reference(text[position:end], text[found.start() : end + 1])
        if isinstance(reference, Malformed):
            return reference
        parts += [literal, reference]
        literal, position = "", end + 1
    parts.append(literal + text[position:])
    return tuple(part for part in parts if part != "")


def _reference(body: str, text: str) -> Reference | Malformed:
    scheme, colon, rest = body.partition(":")
    if not colon or (rest.startswith("-") and scheme not in {"env", "file"}):
        return _environment(body, text)
    match scheme:
        case "env":
            return _environment(rest, text)
        case "file":
            return _file(rest, text)
        case "input":
            return Malformed(message="a gateway has nobody to ask for `${input:}`", text=text)
        case _ if scheme in LATER:
            return Malformed(message=f"`${{{scheme}:}}` references are not part of this version", text=text)
        case _:
            return Malformed(message=f"unknown reference `{text}`", text=text)


def _environment(body: str, text: str) -> Reference | Malformed:
    name, has_default, default = body.partition(":-")
    if _NAME.match(name) is None:
        return Malformed(message=f"`{name}` cannot be the name of an environment variable", text=text)
    return Reference(kind="env", name=name, text=text, default=default if has_default else None)


def _file(path: str, text: str) -> Reference | Malformed:
    if not path or "\x00" in path:
        return Malformed(message="`${file:}` names no file", text=text, help="write `${file:/run/secrets/name}`")
    if path.startswith("~"):
        return Malformed(message="`~` is not expanded in `${file:}`", text=text, help="write the whole path")
    return Reference(kind="file", name=path, text=text)


def resolve(reference: Reference, *, environment: Mapping[str, str], folder: Path) -> str:
    """Give a reference's value. Relative paths start at `folder`. Raises `SecretError`, which never holds a value."""
    if reference.kind == "file":
        return read_file(folder / reference.name)
    value = environment.get(reference.name, reference.default)
    if value is None:
        raise SecretError(f"the environment variable `{reference.name}` is not set")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise SecretError(f"the environment variable `{reference.name}` is not UTF-8 text") from None
    return value


def read_file(path: Path) -> str:
    """Read a secret file: a regular file for its owner alone, at most `FILE_LIMIT` bytes; one final newline is no part.

    The file itself may not be a symbolic link: whoever can swap the link would choose the secret.
    """
    try:
        # O_NONBLOCK: opening a FIFO that nobody writes to must not hang the start.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise SecretError(f"cannot open the secret file `{path}`: {_why(error)}") from None
    try:
        _check(os.fstat(descriptor), path)
        content = _content(descriptor, path)
    finally:
        os.close(descriptor)
    newline = b"\r\n" if content.endswith(b"\r\n") else b"\n"
    try:
        return content.removesuffix(newline).decode()
    except UnicodeDecodeError:
        raise SecretError(f"the secret file `{path}` is not UTF-8 text") from None


def _why(error: OSError | ValueError) -> str:
    if not isinstance(error, OSError):
        return "its name cannot be a path"
    if error.errno == errno.ELOOP:  # how O_NOFOLLOW says it; the system's own words would mislead
        return "it is a symbolic link; name the file itself"
    return (error.strerror or "unknown error").lower()


def _check(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SecretError(f"the secret file `{path}` is not a regular file")
    if status.st_mode & 0o077:
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
