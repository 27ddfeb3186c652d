"""Rule: a path is compared with a prefix before it is resolved."""

from __future__ import annotations

from yett.auditor.analysis.sinks import UNRESOLVED
from yett.auditor.finding import Confidence, Severity
from yett.auditor.rules._reached import Reached


class PathPrefixBeforeResolving(Reached):
    """A prefix test of a path that nothing has resolved."""

    id = "path-prefix-before-resolving"
    title = "A path is compared with a prefix before it is resolved"
    severity = Severity.HIGH
    cwe = 22
    maps = ("SAFE-T1105",)
    kinds = frozenset((UNRESOLVED,))
    does = "is compared with a prefix while it may still hold `..` in"
    surest = Confidence.MEDIUM
    why = "`/srv/data/../../etc/passwd` starts with `/srv/data/`. What is compared is not what is opened."
    fix = "Resolve first, with links, and compare the outcome."
