"""Rule: a caller chooses which program runs."""

from __future__ import annotations

from yett.auditor.analysis.sinks import RUN
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class ProgramFromArgument(Reached):
    """The first element of an argument vector, also of a text that was split."""

    id = "program-from-argument"
    title = "A caller chooses which program runs"
    severity = Severity.HIGH
    cwe = 78
    maps = ("MCP05", "ASI05")
    kinds = frozenset((RUN,))
    does = "names the program that runs in"
    why = (
        "The first word of an argument vector is a program. Where a caller chooses it, no shell is needed to run "
        "anything that is installed."
    )
    fix = "Name the program in the code, or take it from a list of the programs that the tool is for."
