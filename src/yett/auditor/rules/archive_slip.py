"""Rule: an archive decides where its files are written."""

from __future__ import annotations

from yett.auditor.analysis.sinks import EXTRACT
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class ArchiveSlip(Reached):
    """Archives that a caller brings."""

    id = "archive-slip"
    title = "An archive decides where its files are written"
    severity = Severity.HIGH
    cwe = 22
    maps = ()
    kinds = frozenset((EXTRACT,))
    does = "is an archive whose names are not checked by"
    once = True
    why = (
        "Names in an archive may hold `..` or start with `/`. Extracting them as they are writes anywhere; a link in "
        "the archive leads there too."
    )
    fix = (
        'Python: `extractall(path, filter="data")` for tar archives. Otherwise resolve every name against the '
        "target, refuse what lies outside, and bound the number and size of files."
    )
