"""Rule: a client runs tools without asking a person."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.clients.launch import Launches
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class ToolsRunUnasked(Rule[Launches]):
    """Switches that approve every tool of a server, or every server."""

    id = "tools-run-unasked"
    title = "Every tool runs without asking a person"
    severity = Severity.HIGH
    cwe = 862
    maps = ("MCP02", "ASI02", "ASI09", "LLM06")
    why = (
        "The question before a call is what stands between a text that a model read and an action on this machine. "
        "Switched off for everything, one poisoned page or issue acts on its own."
    )
    fix = "Approve single tools that only read; leave the question on for the rest."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each switch."""
        for approval in subject.approvals:
            yield self.finding(subject.spot(approval.span), approval.says, subject=approval.says)
        for launch in subject.launches:
            for approval in launch.approvals:
                yield self.finding(
                    subject.spot(approval.span),
                    f"{approval.says} (`{launch.name}`)",
                    subject=f"{launch.name}.{approval.says}",
                )
