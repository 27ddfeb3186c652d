"""The newest records of a ledger, and those that are still to come."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from yett.errors import LedgerError
from yett.ledger.folder import segment_names
from yett.ledger.reading import lines, opened

Tell: TypeAlias = Callable[[bytes], str | None]
"""From a record's line to its text; `None` where it has none."""


class Tail:
    """Reads a ledger's end. Memory does not grow with the ledger, and old segments are left alone."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise LedgerError(f"there is no ledger at `{path}`")
        self._path = path
        self._name = ""
        self._offset = 0

    def newest(self, wanted: int, begin: Callable[[], Tell]) -> list[str]:
        """The last `wanted` texts. Reading begins further back, with a fresh `begin()`, until it has enough."""
        names = segment_names(self._path)
        back = 1
        while True:
            told: deque[str] = deque(maxlen=wanted)
            tell = begin()
            for name in names[-back:]:
                told.extend(self._texts(name, 0, tell))
            if len(told) >= wanted or back >= len(names):
                return list(told)
            back *= 2

    def more(self, tell: Tell) -> Iterator[str]:
        """The texts of what was written since the last reading; ends when there is no more for now."""
        names = segment_names(self._path)
        if self._name not in names:
            self._name, self._offset = "", 0
        for name in names:
            if name >= self._name:
                yield from self._texts(name, self._offset if name == self._name else 0, tell)

    def _texts(self, name: str, offset: int, tell: Tell) -> Iterator[str]:
        with opened(self._path / name) as file:
            for line in lines(file, offset):
                if not line.ended:
                    return
                self._name, self._offset = name, line.offset + len(line.text) + 1
                text = tell(line.text)
                if text is not None:
                    yield text
