"""Rule: a path is resolved and the outcome is thrown away."""

from __future__ import annotations

from yett.auditor.analysis.sinks import UNUSED
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class PathResolvedForNothing(Reached):
    """A resolution that stands alone, of a path that is opened later."""

    id = "path-resolved-for-nothing"
    title = "A path is resolved and the outcome is thrown away"
    severity = Severity.HIGH
    cwe = 22
    maps = ("SAFE-T1105",)
    kinds = frozenset((UNUSED,))
    does = "is guarded only by a resolution that nobody looks at in"
    why = (
        "Resolving a path makes it absolute; it refuses nothing but paths that do not exist. A validator that stops "
        "there lets every file through."
    )
    fix = "Keep the resolved path, compare it with the base folder, and open that one."
