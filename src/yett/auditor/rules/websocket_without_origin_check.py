"""Rule: a WebSocket is accepted without a look at its origin."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program, spot_of
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class WebsocketWithoutOriginCheck(Rule[Program]):
    """A WebSocket that is made and accepted in one function that looks at no header before."""

    id = "websocket-without-origin-check"
    title = "A WebSocket is accepted without a look at its origin"
    severity = Severity.HIGH
    cwe = 1385
    maps = ("AISVS10.3.3", "MCP07")
    why = (
        "Browsers open WebSockets to any host and send the page's origin along; the same-origin policy does not "
        "apply. A server that accepts them all can be used by any page that the user opens."
    )
    fix = (
        "Compare the Origin (and Host) header with the names that are yours before `accept`, and close the connection "
        "otherwise."
    )

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for site in subject.sites:
            accepts = site.method == "accept" and any(path.endswith("WebSocket().accept") for path in site.paths)
            if accepts and not subject.asked_before(site):
                yield self.finding(
                    subject.place(spot_of(site)),
                    f"`{site.function.qualified}` accepts a WebSocket without looking at its origin",
                    subject=f"{site.function.qualified} accept",
                )
