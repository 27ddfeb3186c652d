"""Rule: a description steers the use of tools that are not its server's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.catalogues.catalogue import Catalogue
from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule
from yett.config.node import Scalar
from yett.detect.steering import AROUND_ALL, steers

_INSTEAD: Final = re.compile(r"(?i)\b(?:instead|rather|over|in place)\b")


class SteersOtherTools(Rule[Catalogue]):
    """Shadowing in plain language: before, after or instead of others, or with other arguments."""

    id = "steers-other-tools"
    title = "A description steers the use of other tools"
    severity = Severity.HIGH
    cwe = 345
    maps = ("MCP03", "ASI02", "SAFE-T1008", "SAFE-T1301")
    why = (
        "Tools of all connected servers share one context. A description that says when to use the tools of others, or "
        "with which arguments, takes their calls over or changes them, although nobody ever calls the tool itself."
    )
    fix = "Do not connect this server beside others. If it is your own, speak of its own tools only, by their names."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for each definition; what a server says about its own tools is spared."""
        own = frozenset(tool.name for tool in subject.tools)
        for listed in subject.listed:
            prose = listed.prose
            # Each text by itself, then all of them as one: an order may be spread over several.
            joined = Scalar(" ".join(str(scalar.value) for scalar in prose), listed.span)
            for scalar in (*prose, joined):
                found = steers(str(scalar.value), own)
                if not found:
                    continue
                other = f" `{found[0].other}`" if found[0].other else ""
                # Servers that must be set up first say so in these words, and mean their own tools.
                ambiguous = [each.says for each in found] == [AROUND_ALL] and not _INSTEAD.search(found[0].quote)
                yield self.finding(
                    subject.spot(scalar.span),
                    f"{listed.kind} `{listed.name}` {found[0].says}{other}",
                    subject=f"{listed.kind}.{listed.name}",
                    severity=Severity.MEDIUM if ambiguous else self.severity,
                    confidence=Confidence.HIGH if len(found) > 1 else Confidence.MEDIUM,
                    evidence=tuple(f"{each.says}: “{each.quote}”" for each in found),
                )
                break
