"""Rule: a certificate cannot be trusted, or not for long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule

SOON: Final = 14
"""Days. What renews itself does so a month before."""


class CertificateTrouble(Rule[Endpoint]):
    """What verifying it said, and the days that are left."""

    id = "certificate-trouble"
    title = "A certificate cannot be trusted, or not for long"
    severity = Severity.HIGH
    cwe = 295
    maps = ("AISVS10.3.1",)
    why = "Clients refuse the server, or are told not to look, and then trust everybody who answers in its place."
    fix = "Get a certificate for this name from an authority that clients know, and have it renewed by itself."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding."""
        seen = subject.seen("tls")
        days = seen.get("days_left")
        if seen.get("trouble"):
            what = f"the certificate cannot be trusted: {str(seen['trouble'])[:200]}"
            yield self.finding(subject.at("tls"), what, subject="certificate")
        elif isinstance(days, int) and days < SOON:
            what = f"the certificate ends in {days} days"
            yield self.finding(subject.at("tls"), what, subject="certificate", severity=Severity.LOW)
