"""Rule: a caller chooses which file is read."""

from __future__ import annotations

from yett.auditor.analysis.sinks import READ
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class PathReadFromArgument(Reached):
    """Files, folders, images, documents, databases, repositories."""

    id = "path-read-from-argument"
    title = "A caller chooses which file is read"
    severity = Severity.HIGH
    cwe = 22
    maps = ("SAFE-T1105", "ASI02")
    kinds = frozenset((READ,))
    does = "decides which file is read by"
    once = True
    why = (
        "A path with `..`, or an absolute one, leads out of the folder that the tool is for: to keys, tokens, other "
        "users' data, `/proc/self/environ`. Joining it to a base does not stop that."
    )
    fix = (
        "Resolve the joined path with its links (`Path.resolve()`, `fs.realpath`), and refuse it unless it lies below "
        "the base: `is_relative_to(base)`, or `startsWith(base + sep)`. Then open the resolved path."
    )
