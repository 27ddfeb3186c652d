"""Header lines: the one grammar that both directions are read and written with (RFC 9110 section 5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NewType

from yett.wire.http import Header

Lines = NewType("Lines", bytes)
"""Header lines that `encode()` has checked."""

TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
"""`tchar`, RFC 9110 section 5.6.2."""

LENGTH: Final = re.compile(rb"0|[1-9][0-9]{0,15}")
"""A Content-Length without signs, leading zeros, lists or more digits than any limit of ours has."""

_FIELD: Final = re.compile(rb"([^:]+):[\t ]*([!-~\x80-\xff]*(?:[\t ]+[!-~\x80-\xff]+)*)[\t ]*\r\n")
_WRITTEN: Final = re.compile(rb"(?:" + TOKEN + rb"+: [\t\x20-\x7e]*\r\n)*")

# Allocated once instead of for every connection.
_NAMES: Final = {
    spelling: name
    for name in (
        *(b"accept", b"accept-encoding", b"accept-language", b"authorization", b"cache-control", b"connection"),
        *(b"content-length", b"content-type", b"date", b"host", b"last-event-id", b"mcp-method", b"mcp-name"),
        *(b"mcp-protocol-version", b"mcp-session-id", b"origin", b"server", b"transfer-encoding", b"user-agent"),
    )
    for spelling in (name, name.title())
}


def split(block: bytes) -> tuple[Header, ...]:
    """Take header lines apart. `block` must have been matched against a grammar of whole lines before."""
    known = _NAMES.get
    return tuple([(known(name) or name.lower(), value) for name, value in _FIELD.findall(block)])


def encode(headers: Sequence[Header]) -> Lines:
    """Header lines as bytes. Raises `ValueError` for anything that could start a line of its own or is not ASCII."""
    block = b"".join([b"%b: %b\r\n" % header for header in headers])
    # The count: a CR LF inside a value would otherwise pass as one more well-formed line.
    if block.count(b"\r\n") != len(headers) or _WRITTEN.fullmatch(block) is None:
        raise ValueError("a header name or value holds bytes that must not be sent")
    return Lines(block)


def repeated(headers: Iterable[Header], names: frozenset[bytes]) -> bytes:
    """The first of `names` that occurs more than once, or nothing."""
    seen: set[bytes] = set()
    for name, _ in headers:
        if name in seen and name in names:
            return name
        seen.add(name)
    return b""


def closes(headers: Iterable[Header]) -> bool:
    """Whether a `Connection` header says `close`. Its other members mean nothing here: it can name no header away."""
    return any(
        member.strip(b" \t").lower() == b"close"
        for name, value in headers
        if name == b"connection"
        for member in value.split(b",")
    )
