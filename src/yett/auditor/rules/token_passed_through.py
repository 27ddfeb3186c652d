"""Rule: the caller's token is sent on."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program, spot_of
from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule


class TokenPassedThrough(Rule[Program]):
    """The Authorization header of a request in the headers of another."""

    id = "token-passed-through"
    title = "The caller's token is sent on"
    severity = Severity.HIGH
    cwe = 441
    maps = ("MCP01", "AISVS10.2.7")
    why = (
        "A token was issued for this server. Sent on, it makes another service act for the caller without having been "
        "asked, and a service that accepts it cannot tell who is calling. The MCP specification forbids it."
    )
    fix = "Exchange the token for one of the other service (RFC 8693), or use the server's own credential."

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for site in subject.sites:
            if not subject.is_request(site):
                continue
            for value in (site.option("headers"), site.option("Authorization")):
                if subject.from_authorization(value):
                    yield self.finding(
                        subject.place(spot_of(site)),
                        f"`{site.function.qualified}` sends the caller's Authorization header on",
                        subject=f"{site.function.qualified} {site.method}",
                        confidence=Confidence.MEDIUM,
                    )
                    break
