"""Rule: a server on another machine speaks plain HTTP."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.clients.command import host_of, is_local
from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class EndpointOverPlainHttp(Rule[Endpoint]):
    """`http://` in the URL that was asked."""

    id = "endpoint-over-plain-http"
    title = "A server on another machine speaks plain HTTP"
    severity = Severity.HIGH
    cwe = 319
    maps = (
        "MCP07",
        "AISVS10.3.1",
    )
    why = (
        "Tokens and answers cross the network in clear text, and whoever is on the way can change both: also what"
        " the tools say they do."
    )
    fix = "Serve https, and let http only redirect."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding."""
        if (
            subject.url.startswith("http://")
            and not is_local(host_of(subject.url))
            and subject.seen("anonymous").get("status")
        ):
            yield self.finding(subject.at("anonymous"), f"`{subject.url}` speaks plain HTTP", subject="http")
