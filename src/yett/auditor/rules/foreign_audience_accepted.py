"""Rule: a token for another server is accepted."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class ForeignAudienceAccepted(Rule[Endpoint]):
    """A valid token that was made for another audience (`--foreign-token-env`)."""

    id = "foreign-audience-accepted"
    title = "A token that is meant for another server is accepted"
    severity = Severity.CRITICAL
    cwe = 863
    maps = (
        "MCP01",
        "AISVS10.2.2",
        "SAFE-T1304",
    )
    why = (
        "Any other server that a user signed in to can use their token here. Who runs one of them, or takes one "
        "over, acts in the name of all its users."
    )
    fix = "Accept a token only when its audience is the URL of this server (RFC 8707)."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding."""
        if subject.listed("foreign-audience"):
            yield self.finding(
                subject.at("foreign-audience"),
                "a token that was made for another audience is accepted",
                subject="foreign-audience",
            )
