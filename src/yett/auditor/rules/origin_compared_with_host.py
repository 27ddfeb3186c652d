"""Rule: origin is compared with the Host of the same request."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program
from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule


class OriginComparedWithHost(Rule[Program]):
    """A function that is given both headers of one request and nothing else."""

    id = "origin-compared-with-host"
    title = "Origin is compared with the Host of the same request"
    severity = Severity.HIGH
    cwe = 346
    maps = ("AISVS10.3.3", "MCP07")
    why = (
        "Who rebinds a name to this machine sends both headers, and they agree: the page and the request have the "
        "same name. Only a name that you wrote down is a check."
    )
    fix = "Compare Host and Origin each with a list of the names under which the server is reached."

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for spot, function in subject.world.pairs:
            yield self.finding(
                subject.place(spot),
                f"`{function}` compares the Origin header with the Host header of the same request",
                subject=function,
                confidence=Confidence.MEDIUM,
            )
