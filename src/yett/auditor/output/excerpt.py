"""Excerpts for pages: each place of a finding as its line in three parts, so that the middle one can be marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from yett.auditor.finding import Finding, Place
from yett.auditor.output.wording import end_of, where
from yett.auditor.shown import shown

_WIDEST: Final = 110
_BEFORE: Final = 40
_MOST: Final = 10


def excerpts(finding: Finding) -> Iterator[dict[str, Any]]:
    """Every step, in the order in which data moves; a finding without steps has its own place only."""
    own = finding.place
    steps = [(step.place, step.says) for step in finding.steps]
    if not any((place.path, place.line, place.column) == (own.path, own.line, own.column) for place, _ in steps):
        steps.append((own, ""))
    left_out = len(steps) - _MOST
    if left_out > 0:
        half = _MOST // 2
        steps = [*steps[:half], *steps[-half:]]
    for number, (place, says) in enumerate(steps, 1):
        note = f" ({left_out} steps before this are left out)" if left_out > 0 and number == _MOST // 2 + 1 else ""
        yield {"where": where(place), "says": shown(says) + note, "line": place.line, **_parts(place)}


def _parts(place: Place) -> dict[str, str]:
    """The line before the span, the span, and the line behind it; cut around the span where it is long."""
    text, column = place.text, place.column
    if not 0 < column <= len(text):
        return {"before": _shown(text[:_WIDEST]), "marked": "", "after": "…" if len(text) > _WIDEST else ""}
    end = min(end_of(place) - 1, len(text))
    start = max(0, column - 1 - _BEFORE) if len(text) > _WIDEST else len(text) - len(text.lstrip())
    start = min(start, column - 1)
    end = min(end, start + _WIDEST)
    stop = min(len(text), start + _WIDEST)
    dots = "…" if start and len(text) > _WIDEST else ""
    return {
        "before": dots + _shown(text[start : column - 1]),
        "marked": _shown(text[column - 1 : end]),
        "after": _shown(text[end:stop]) + ("…" if stop < len(text) else ""),
    }


def _shown(text: str) -> str:
    return shown(text, longest=4 * _WIDEST)
