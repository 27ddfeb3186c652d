"""Draws the lines a finding is about, as compilers do: the line, marks below it, and what each mark means."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from yett.auditor.finding import Finding, Place
from yett.auditor.output.wording import end_of, where
from yett.auditor.shown import shown
from yett.config.diagnostic import Palette

_MOST_MARKS: Final = 12
"""Steps of one flow that are drawn. The longest flow that a person still follows is shorter."""
_NARROWEST: Final = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class _Mark:
    place: Place
    label: str
    primary: bool


def draw(finding: Finding, palette: Palette, tint: str, width: int) -> Iterator[str]:
    """The places of a finding: its own file first, then the others on the way, in the order in which data moves."""
    marks = _marks(finding)
    gutter = len(str(max(mark.place.line for mark in marks)))
    own = finding.place.path
    paths = dict.fromkeys([own, *(mark.place.path for mark in marks)])
    for path in paths:
        here = [mark for mark in marks if mark.place.path == path]
        head = next((mark.place for mark in here if mark.primary), here[0].place)
        arrow = "-->" if path == own else ":::"
        yield f"{' ' * gutter}{palette.quiet}{arrow}{palette.end} {where(head)}"
        yield from _File(palette, tint, width, gutter).lines(here)


def _marks(finding: Finding) -> list[_Mark]:
    own = finding.place
    steps = [_Mark(place=step.place, label=shown(step.says), primary=_same(step.place, own)) for step in finding.steps]
    if not any(mark.primary for mark in steps):
        steps.append(_Mark(place=own, label="", primary=True))
    if len(steps) > _MOST_MARKS:
        # The source and the sink are what must be seen.
        left_out = len(steps) - _MOST_MARKS
        half = _MOST_MARKS // 2
        between = steps[half]
        note = _Mark(place=between.place, label=f"{between.label} (and {left_out} more steps)", primary=False)
        steps = [*steps[:half], note, *steps[len(steps) - half + 1 :]]
    numbered = len(steps) > 1
    return [
        _Mark(place=mark.place, label=f"{number}: {mark.label}" if numbered else mark.label, primary=mark.primary)
        for number, mark in enumerate(steps, 1)
    ]


def _same(one: Place, other: Place) -> bool:
    return (one.path, one.line, one.column) == (other.path, other.line, other.column)


class _File:
    """Draws the marks of one file."""

    def __init__(self, palette: Palette, tint: str, width: int, gutter: int) -> None:
        self._palette = palette
        self._tint = tint
        self._gutter = gutter
        self._room = max(width - gutter - 3, _NARROWEST)

    def lines(self, marks: Sequence[_Mark]) -> Iterator[str]:
        placed = [mark for mark in marks if mark.place.line]
        if not placed:
            return
        yield self._bar("")
        last = 0
        for line, group in groupby(sorted(placed, key=lambda mark: mark.place.line), lambda mark: mark.place.line):
            if last and line > last + 1:
                yield f"{self._palette.quiet}{'.' * 3}{self._palette.end}"
            last = line
            yield from self._line(line, list(group))

    def _line(self, line: int, marks: list[_Mark]) -> Iterator[str]:
        quiet, end = self._palette.quiet, self._palette.end
        columns = [mark.place.column for mark in marks if mark.place.column]
        text = marks[0].place.text
        start = _start(text, min(columns, default=1), self._room)
        excerpt = shown(text[start : start + self._room])[: self._room]
        before = "…" if start else ""
        behind = "…" if start + self._room < len(text) else ""
        yield f"{quiet}{line:>{self._gutter}} |{end} {before}{excerpt}{behind}".rstrip()
        for mark in sorted(marks, key=lambda mark: mark.place.column):
            yield from self._under(mark, text, start, len(before))

    def _under(self, mark: _Mark, text: str, start: int, shift: int) -> Iterator[str]:
        place = mark.place
        tint = self._tint if mark.primary else self._palette.quiet
        at = cells(shown(text[start : max(place.column - 1, 0)])) + shift
        if not place.column or place.column > len(text) + 1 or at >= self._room:
            # Beyond what is shown of a line of thousands of characters.
            if mark.label:
                yield from self._labelled("", mark.label, tint)
            return
        span = text[place.column - 1 : end_of(place) - 1]
        length = min(max(cells(shown(span)), 1), max(self._room - at, 1))
        line = " " * at + ("^" if mark.primary else "-") * length
        yield from self._labelled(line, mark.label, tint)

    def _labelled(self, line: str, label: str, tint: str) -> Iterator[str]:
        """The marks, with their label behind them, or below when there is no room."""
        end = self._palette.end if tint else ""
        if not label or len(line) + 1 + cells(label) <= self._room:
            yield self._bar(f"{tint}{line}{' ' if line and label else ''}{label}{end}")
            return
        if line:
            yield self._bar(f"{tint}{line}{end}")
        for part in textwrap.wrap(label, self._room - 4):
            yield self._bar(f"    {tint}{part}{end}")

    def _bar(self, text: str) -> str:
        return f"{self._palette.quiet}{' ' * self._gutter} |{self._palette.end} {text}".rstrip()


def _start(text: str, column: int, room: int) -> int:
    """Where the excerpt of a long line begins, so that `column` is in it."""
    return 0 if len(text) <= room or not room * 2 // 3 < column <= len(text) else max(0, column - 1 - room // 3)


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(map(_cell, text)) if not text.isascii() else len(text)


def _cell(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrapped(head: str, text: str, width: int, indent: str) -> Iterable[str]:
    """A text behind `head`, wrapped, with the following lines under its beginning."""
    hanging = indent + " " * len(head)
    return textwrap.wrap(
        shown(text), max(width, _NARROWEST), initial_indent=indent + head, subsequent_indent=hanging
    ) or [indent + head]
