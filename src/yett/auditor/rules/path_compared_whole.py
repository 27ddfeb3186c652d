"""Rule: a list of forbidden folders is compared with whole paths."""

from __future__ import annotations

from yett.auditor.analysis.sinks import DENIED_PATHS
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class PathComparedWhole(Reached):
    """A resolved path looked up in a list of paths, where membership refuses."""

    id = "path-compared-whole"
    title = "A list of forbidden folders is compared with whole paths"
    severity = Severity.HIGH
    cwe = 22
    maps = ("SAFE-T1105",)
    kinds = frozenset((DENIED_PATHS,))
    does = "is refused only when it equals an entry of a list in"
    why = "A list that holds `/etc` refuses `/etc` and lets `/etc/passwd` through."
    fix = (
        "Ask for each forbidden folder whether the resolved path lies below it; better, name the folders that are "
        "allowed."
    )
