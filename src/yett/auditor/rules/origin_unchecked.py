"""Rule: a request from any web page is answered."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class OriginUnchecked(Rule[Endpoint]):
    """`Origin` of a page elsewhere."""

    id = "origin-unchecked"
    title = "A request from any web page is answered"
    severity = Severity.HIGH
    cwe = 346
    maps = (
        "MCP07",
        "AISVS10.3.3",
        "SAFE-T1005",
    )
    why = (
        "A page that a user visits can send requests to the server from their browser, with the rights of their "
        "place in the network. MCP demands 403."
    )
    fix = "Refuse an `Origin` that is not on a list with 403."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding; where a token is needed the page has none, so it is less bad."""
        if subject.listed("foreign-origin"):
            needs = not subject.listed("anonymous")
            yield self.finding(
                subject.at("foreign-origin"),
                "a request with the `Origin` of another site is answered",
                subject="origin",
                severity=Severity.MEDIUM if needs else self.severity,
            )
