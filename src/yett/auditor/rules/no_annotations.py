"""Rule: a server says of none of its tools what they may do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.catalogues.catalogue import Catalogue
from yett.auditor.documents.document import get
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_FEW: Final = 3
"""Tools. Somebody who approves one or two reads their descriptions."""


class NoAnnotations(Rule[Catalogue]):
    """One finding for a whole catalogue."""

    id = "no-annotations"
    title = "No tool says whether it reads or writes"
    severity = Severity.INFO
    cwe = 1059
    maps = ("ASI09",)
    why = (
        "Clients must take every tool for a destructive one then, and ask each time. People who are asked at every "
        "call stop reading what they approve."
    )
    fix = "Add `annotations` with `readOnlyHint` to the tools that only read, and `destructiveHint` to the others."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """At the first tool."""
        tools = subject.tools
        if len(tools) >= _FEW and all(get(tool.node, "annotations") is None for tool in tools):
            yield self.finding(
                subject.spot(tools[0].span),
                f"none of {len(tools)} tools has annotations",
                subject="annotations",
            )
