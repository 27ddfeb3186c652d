"""Rule: a regular expression needs exponential time."""

from __future__ import annotations

from yett.auditor.analysis.sinks import BACKTRACKS
from yett.auditor.finding import Confidence, Severity
from yett.auditor.rules._reached import Reached


class PatternBacktracks(Reached):
    """Literal patterns with nested repetition over a text that a caller sends."""

    id = "pattern-backtracks"
    title = "A regular expression needs exponential time"
    severity = Severity.MEDIUM
    cwe = 1333
    maps = ("ASI08",)
    kinds = frozenset((BACKTRACKS,))
    does = "is matched against an expression that may need exponential time in"
    surest = Confidence.MEDIUM
    why = (
        "A repeated group that repeats inside, such as `(a+)+$`, has very many ways to fail. A text of forty "
        "characters keeps the only thread busy for hours."
    )
    fix = (
        "Write the repetition once (`a+$`), anchor it, bound the length of the text first, or use an engine without "
        "backtracking."
    )
