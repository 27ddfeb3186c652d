"""Rule: a server speaks old TLS."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class OldTls(Rule[Endpoint]):
    """Handshakes with TLS 1.0 and 1.1."""

    id = "old-tls"
    title = "A server speaks TLS that is broken"
    severity = Severity.HIGH
    cwe = 326
    maps = ("AISVS10.3.1",)
    why = "TLS before 1.2 is broken: who records or changes the traffic can read it, tokens included."
    fix = "Allow TLS 1.2 and 1.3 only."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding."""
        old = subject.seen("tls").get("old")
        if isinstance(old, list) and old:
            yield self.finding(subject.at("tls"), f"the server speaks {', '.join(map(str, old))}", subject="tls")
