"""Rule: a function joins a path to a base and confines nothing."""

from __future__ import annotations

from yett.auditor.analysis.sinks import JOINED
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class PathJoinedUnconfined(Reached):
    """A function that gives back the joined path, which is opened later."""

    id = "path-joined-unconfined"
    title = "A function joins a path to a base and confines nothing"
    severity = Severity.HIGH
    cwe = 22
    maps = ("SAFE-T1105",)
    kinds = frozenset((JOINED,))
    does = "is joined to a base that does not confine it in"
    why = (
        "Whoever calls the function believes that the path lies below the base. `..` leads out of it, and in Python "
        "an absolute path replaces it."
    )
    fix = "Resolve the joined path, refuse it unless it lies below the base, and give back the resolved one."
