"""Rule: an argument can become an option."""

from __future__ import annotations

from yett.auditor.analysis.sinks import OPTIONS
from yett.auditor.finding import Confidence, Severity
from yett.auditor.rules._reached import Reached


class OptionFromArgument(Reached):
    """Positional elements of the argument vectors of programs whose options run or write."""

    id = "option-from-argument"
    title = "An argument can become an option"
    severity = Severity.HIGH
    cwe = 88
    maps = ("MCP05",)
    kinds = frozenset((OPTIONS,))
    does = "may start with a dash, and so be an option, in"
    surest = Confidence.MEDIUM
    why = (
        "Without a shell there is still one way in: a value that starts with a dash is an option. `git`, `ssh`, "
        "`tar`, `curl`, `find` and others have options that run a program or write a file, and a text that is split "
        "into words brings as many options as it likes."
    )
    fix = (
        "Put `--` before the first value that a caller chose, or refuse values that start with a dash. Build the list "
        "of arguments yourself; do not split a text."
    )
