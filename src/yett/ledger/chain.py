"""One line of the ledger: a record between the hash of the line before it and its own.

    {"seq":7,"prev":"<64 hex>",<the record's fields>,"hash":"<64 hex>"}

`hash` is the HMAC of everything before `,"hash":`, so the line proves its own content, its number and its predecessor.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from yett.ledger.mac import CHAIN, Mac

GENESIS: Final = "0" * 64
"""What stands for the hash before the first record."""

MAX_LINE: Final = 1024 * 1024
"""Bytes. Records are bounded far below it: whatever is longer was not written by us."""

_MARK: Final = b',"hash":"'
_TAIL: Final = len(_MARK) + 64 + len(b'"}')
_FRAME: Final = re.compile(
    rb'\{"seq":([1-9][0-9]{0,14}),"prev":"([0-9a-f]{64})",".*,"hash":"([0-9a-f]{64})"\}', re.DOTALL
)


class Head(Struct, frozen=True, kw_only=True):
    """The last record that was kept: its sequence number and its hash. The whole ledger's state."""

    sequence: int = 0
    hash: str = GENESIS


class Sealed(Struct, frozen=True, kw_only=True):
    """The frame of one line as it stands there, whether or not it is true."""

    sequence: int
    previous: str
    hash: str


class Chain:
    """Seals records and checks lines under one key."""

    __slots__ = ("_mac",)

    def __init__(self, key: bytes) -> None:
        self._mac = Mac(key, CHAIN)

    def seal(self, bodies: list[bytes], head: Head) -> tuple[bytes, Head]:
        """Encoded records to lines that follow `head`, and the head after them."""
        sequence, previous, digest = head.sequence, head.hash.encode(), self._mac.hex
        lines: list[bytes] = []
        for body in bodies:
            sequence += 1
            text = b'{"seq":%d,"prev":"%b",%b' % (sequence, previous, body[1:-1])
            previous = digest(text).encode()
            lines.append(b'%b,"hash":"%b"}\n' % (text, previous))
        return b"".join(lines), Head(sequence=sequence, hash=previous.decode())

    def genuine(self, line: bytes, sealed: Sealed) -> bool:
        """Whether a key holder made this line. `line` is without its newline, `sealed` its frame."""
        return self._mac.hex(line[:-_TAIL]) == sealed.hash


def read_frame(line: bytes) -> Sealed | None:
    """The frame of a line without its newline; `None` where it has none, so that it is no record of ours."""
    match = _FRAME.fullmatch(line)
    if match is None:
        return None
    return Sealed(sequence=int(match[1]), previous=match[2].decode(), hash=match[3].decode())
