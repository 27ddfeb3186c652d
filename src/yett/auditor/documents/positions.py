"""From an offset in a text to line and column."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from yett.config.node import Span

_BREAK: Final = re.compile(r"\r\n|\r|\n")


class Positions:
    """Where the lines of a text begin. Lines and columns count from 1."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    def span(self, start: int, end: int) -> Span:
        """The stretch between two offsets; the second one is the first that is not part of it."""
        return Span(*self.of(start), *self.of(end))

    def of(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def lines(text: str) -> tuple[str, ...]:
    """The lines of a text, by the same rule, without their ends."""
    return tuple(_BREAK.split(text))
