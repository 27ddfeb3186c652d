"""Rule: a caller writes a regular expression."""

from __future__ import annotations

from yett.auditor.analysis.sinks import EXPRESSION
from yett.auditor.finding import Confidence, Severity
from yett.auditor.rules._reached import Reached


class PatternFromArgument(Reached):
    """Patterns from parameters."""

    id = "pattern-from-argument"
    title = "A caller writes a regular expression"
    severity = Severity.MEDIUM
    cwe = 1333
    maps = ("ASI08",)
    kinds = frozenset((EXPRESSION,))
    does = "is compiled as a regular expression by"
    surest = Confidence.MEDIUM
    why = (
        "One pattern such as `(a+)+$` keeps a backtracking engine busy for hours, and the server's only thread with it."
    )
    fix = (
        "Escape the text (`re.escape`) where plain text is searched. For real patterns use an engine without "
        "backtracking (RE2), or bound the time in a process of its own."
    )
