"""Rule: several messages in one are accepted."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class BatchAccepted(Rule[Endpoint]):
    """A JSON array where the protocol has none."""

    id = "batch-accepted"
    title = "Several messages in one request are accepted"
    severity = Severity.MEDIUM
    cwe = 436
    maps = ("MCP07",)
    why = (
        "A guard that reads one message lets an array pass, or judges only its first. Batches were in one "
        "revision of MCP and were taken out."
    )
    fix = "Refuse arrays with 400."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding."""
        if subject.listed("batch"):
            yield self.finding(subject.at("batch"), "a JSON array of messages is answered", subject="batch")
