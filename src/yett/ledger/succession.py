"""Which key a ledger goes on with: a key hands over to the next one, and is good for no later record."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from yett.errors import LedgerError
from yett.ledger.folder import segment_names
from yett.ledger.glance import glanced
from yett.ledger.reading import last_line, lines, opened
from yett.ledger.record import Previous

HANDED_OVER: Final = "key-change"
"""The kind of record that is the last one made with a key."""


class Succession:
    """Follows the names of keys from segment to segment, as `verify` reads them. Each step returns what is wrong."""

    def __init__(self) -> None:
        self.current = ""
        self.owed = ""
        self._retired: set[str] = set()

    def hands_over(self, key: str, following: str) -> str:
        """The record that says so."""
        if key != self.current or not following or following == key:
            return "a key hands over that is not the segment's own, or to itself"
        self.owed = following
        return ""

    def begins(self, key: str, succeeds: str) -> str:
        """The first record of a segment."""
        before, owed, self.current, self.owed = self.current, self.owed, key, ""
        if owed and key != owed:
            return f"the ledger was handed over to the key `{owed[:16]}`, and this segment was made with `{key[:16]}`"
        if succeeds != (before if owed else ""):
            return "the segment does not say truly which key it took over from"
        if owed:
            self._retired.add(before)
            self._retired.discard(key)
        elif key in self._retired:
            return f"the segment was made with the key `{key[:16]}`, which had handed over to another one before"
        return ""


def predecessor(path: Path, last: Previous, key: str) -> str:
    """The name of the key that handed over to `key` with the last kept record, which is `last`; empty for none.

    Raises `LedgerError` where `key` is one that has handed over to another: what it made would not be believed.
    """
    with opened(path / last.file) as file:
        end = glanced(last_line(file, last.bytes))
    if end is not None and end.kind == HANDED_OVER:
        if end.following != key:
            raise LedgerError(
                f"the ledger in `{path}` was handed over to the key `{end.following[:16]}`, and the configured one is "
                f"`{key}`: put that one back"
            )
        return end.key
    if key in _retired(path):
        raise LedgerError(
            f"the configured key `{key}` has handed over to a newer one in the ledger in `{path}`: put that one back"
        )
    return ""


def _retired(path: Path) -> set[str]:
    retired: set[str] = set()
    for name in segment_names(path):
        with suppress(LedgerError), opened(path / name) as file:  # `verify` tells what is wrong with it
            first = glanced(next(lines(file), None))
            if first is not None and first.succeeds:
                retired.add(first.succeeds)
                retired.discard(first.key)
    return retired
