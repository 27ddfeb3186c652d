"""Rule: a caller chooses which file is written."""

from __future__ import annotations

from yett.auditor.analysis.sinks import TOUCH, WRITE
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class PathWriteFromArgument(Reached):
    """Writing, removing, copying, moving, linking."""

    id = "path-write-from-argument"
    title = "A caller chooses which file is written"
    severity = Severity.HIGH
    cwe = 22
    maps = ("SAFE-T1105", "ASI02")
    kinds = frozenset((TOUCH, WRITE))
    does = "decides which file is written or removed by"
    once = True
    why = (
        "Whoever writes any file runs code at the next start: a shell's start-up file, a cron table, an SSH key, the "
        "server's own modules."
    )
    fix = (
        "Resolve the joined path with its links, refuse it unless it lies below the folder for output, and write to "
        "the resolved path."
    )
