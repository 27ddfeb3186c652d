"""Rule: a message with a key twice is accepted."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class DuplicateKeysAccepted(Rule[Endpoint]):
    """`method` twice in one object."""

    id = "duplicate-keys-accepted"
    title = "A message with the same key twice is accepted"
    severity = Severity.MEDIUM
    cwe = 436
    maps = (
        "MCP07",
        "AISVS10.4.4",
    )
    why = (
        "Readers differ in which of the two they take: what a guard before the server judged is not what the "
        "server does."
    )
    fix = "Refuse objects with duplicate keys."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding."""
        if subject.listed("duplicate-keys"):
            yield self.finding(
                subject.at("duplicate-keys"), "a message with two `method` is answered", subject="duplicate-keys"
            )
