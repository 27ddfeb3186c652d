"""Where a ledger was left: the head of its chain, and what a crash did to its end."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from yett.ledger.chain import Chain, Head, Sealed, read_frame
from yett.ledger.folder import segment_names
from yett.ledger.glance import glanced
from yett.ledger.mac import key_id
from yett.ledger.reading import Line, Rest, last_line, lines, opened, rest
from yett.ledger.record import Previous


class Found(Struct, frozen=True, kw_only=True):
    """The state to go on from. `torn` is an unfinished last line, `damaged` what is no true record but should be."""

    head: Head = Head()
    previous: Previous | None = None
    torn: tuple[tuple[str, Rest], ...] = ()
    damaged: tuple[tuple[str, Rest], ...] = ()


def recover(path: Path, key: bytes) -> Found:
    """Read the end of the newest segment that holds a record. Changes nothing: old files stay as they are.

    The whole file is read only where its last line is not true. Records made with another key cannot be judged here
    (`verify` can); their frame is believed.
    """
    torn: list[tuple[str, Rest]] = []
    damaged: list[tuple[str, Rest]] = []
    for name in reversed(segment_names(path)):
        with opened(path / name) as file:
            head, end = _end_of(file, key)
            left = rest(file, end)
            if left.bytes:
                (torn if _is_torn(file, left) else damaged).append((name, left))
            if head is not None:
                return Found(
                    head=head,
                    previous=Previous(file=name, bytes=end),
                    torn=tuple(torn),
                    damaged=tuple(damaged),
                )
    return Found(torn=tuple(torn), damaged=tuple(damaged))


def _end_of(file: BinaryIO, key: bytes) -> tuple[Head | None, int]:
    """The last true record of a segment and the byte at which it ends."""
    first = glanced(next(lines(file), None))
    chain = Chain(key) if first is not None and first.key == key_id(key) else None
    last = last_line(file)
    sealed = _true(chain, last) if last is not None else None
    if last is not None and sealed is not None:
        return Head(sequence=sealed.sequence, hash=sealed.hash), last.offset + len(last.text) + 1
    return _scan(file, chain)


def _scan(file: BinaryIO, chain: Chain | None) -> tuple[Head | None, int]:
    head: Head | None = None
    end = 0
    for line in lines(file):
        sealed = _true(chain, line) if line.ended else None
        if sealed is None or (head is not None and sealed.previous != head.hash):
            break
        head = Head(sequence=sealed.sequence, hash=sealed.hash)
        end = line.offset + len(line.text) + 1
    return head, end


def _true(chain: Chain | None, line: Line) -> Sealed | None:
    sealed = read_frame(line.text)
    if sealed is not None and chain is not None and not chain.genuine(line.text, sealed):
        return None
    return sealed


def _is_torn(file: BinaryIO, left: Rest) -> bool:
    """A crash leaves the beginning of one line. Whole lines that are not true are another matter."""
    line = next(lines(file, left.offset), None)
    return line is not None and not line.ended and left.bytes == len(line.text)
