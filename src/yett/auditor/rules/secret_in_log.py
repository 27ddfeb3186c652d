"""Rule: a secret is written to a log."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program, spot_of
from yett.auditor.analysis.secret_names import secret_given
from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule

LOGS = frozenset(("debug", "info", "warn", "warning", "error", "log", "print", "critical", "exception"))


class SecretInLog(Rule[Program]):
    """A variable that is named as a secret, given whole to a logger."""

    id = "secret-in-log"
    title = "A secret is written to a log"
    severity = Severity.MEDIUM
    cwe = 532
    maps = ("MCP01", "MCP08")
    why = "Logs are copied, collected and read by many; a token in them works for whoever finds it."
    fix = "Log a name or the last four characters, never the value."

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for site in subject.sites:
            name = secret_given(site.node) if site.method in LOGS else ""
            if name:
                yield self.finding(
                    subject.place(spot_of(site)),
                    f"`{name}` is written to a log",
                    subject=f"{site.function.qualified} {name}",
                    confidence=Confidence.MEDIUM,
                )
