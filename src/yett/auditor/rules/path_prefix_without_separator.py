"""Rule: a path is compared with a prefix that does not end the folder."""

from __future__ import annotations

from yett.auditor.analysis.sinks import PREFIX
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class PathPrefixWithoutSeparator(Reached):
    """A resolved path that must start with a base without its separator."""

    id = "path-prefix-without-separator"
    title = "A path is compared with a prefix that does not end the folder"
    severity = Severity.MEDIUM
    cwe = 22
    maps = ("SAFE-T1105",)
    kinds = frozenset((PREFIX,))
    does = "is guarded only by a prefix without a separator in"
    why = "`/srv/data-of-others` starts with `/srv/data`. The test lets neighbours of the folder through."
    fix = (
        "Compare with the base and a separator (`startsWith(base + path.sep)`), or ask `is_relative_to`, "
        "`path.relative`."
    )
