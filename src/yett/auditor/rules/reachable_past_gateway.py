"""Rule: a server can be reached past its gateway."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class ReachablePastGateway(Rule[Endpoint]):
    """The address that the user says is behind the gateway (`--direct URL`)."""

    id = "reachable-past-gateway"
    title = "A server can be reached past its gateway"
    severity = Severity.HIGH
    cwe = 288
    maps = (
        "MCP07",
        "MCP09",
    )
    why = "Everything that the gateway checks and records is left out by whoever asks the server itself."
    fix = (
        "Bind the server to loopback or to a network that only the gateway is in, and have it ask for the "
        "gateway's credential."
    )

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding."""
        if subject.listed("direct"):
            what = f"`{subject.seen('direct').get('url')}` lists its tools to everybody, past the gateway"
            yield self.finding(subject.at("direct"), what, subject="direct")
