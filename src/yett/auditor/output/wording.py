"""Words that every form of the report uses: counts, severities, places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from yett.auditor.finding import Place, Severity
from yett.auditor.report import Report
from yett.auditor.shown import shown
from yett.auditor.subject import Skipped

_WORD: Final = re.compile(r"\w{1,200}")
SEPARATOR: Final = " · "


def count(number: int, word: str) -> str:
    """`1 file`, `2 files`, `12,345 files`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def name(severity: Severity) -> str:
    """`high`."""
    return severity.name.lower()


def severities(report: Report) -> str:
    """`2 high, 1 medium`; empty when nothing was found."""
    return ", ".join(f"{number} {name(severity)}" for severity, number in report.counts().items() if number)


def summary(report: Report) -> str:
    """The findings in one phrase."""
    if not report.findings:
        return "no findings" if report.rules else "nothing was audited"
    return f"{count(len(report.findings), 'finding')} ({severities(report)})"


def where(place: Place) -> str:
    """`path:line:column`, as far as it is known."""
    numbers = [str(number) for number in (place.line, place.column) if number]
    return ":".join([shown(place.path), *numbers])


def end_of(place: Place) -> int:
    """The column behind the span on its first line; where only the beginning is known, behind the word there."""
    text, column = place.text, place.column
    if place.end_line > place.line:
        return len(text) + 1
    if place.end_column > column:
        return place.end_column
    word = _WORD.match(text, max(column - 1, 0))
    return word.end() + 1 if word else column + 1


def reasons(skipped: Iterable[Skipped]) -> list[tuple[str, int]]:
    """Why things were not read, and how many for each reason, the most frequent first."""
    return Counter(each.why for each in skipped).most_common()
