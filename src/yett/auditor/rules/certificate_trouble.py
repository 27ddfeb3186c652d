"""Rule: a certificate cannot be trusted, or not for long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule

SOON: Final = 14
"""Days. What renews itself does so a month before."""


_LEAST: Final = {"RSA": 2048, "DSA": 2048, "EC": 224}
"""Bits of a key. NIST SP 800-131A: fewer give less than 112 bits of strength, and are disallowed."""

_BROKEN: Final = frozenset({"md5", "sha1"})
"""Digests for which two certificates of one signature were made (SHAttered, 2017)."""


def _troubles(seen: dict[str, Any]) -> Iterator[str]:
    if seen.get("trouble"):
        yield f"the certificate cannot be trusted: {str(seen['trouble'])[:200]}"
    key, bits, digest = seen.get("key"), seen.get("bits"), seen.get("digest")
    if isinstance(key, str) and isinstance(bits, int) and bits < _LEAST.get(key, 0):
        yield f"its {key} key has only {bits} bits, and {_LEAST[key]} are the least"
    if isinstance(digest, str) and digest in _BROKEN:
        yield f"its signature is over {digest.upper()}, which is broken"


class CertificateTrouble(Rule[Endpoint]):
    """What verifying it said, how strong its key and signature are, and the days that are left."""

    id = "certificate-trouble"
    title = "A certificate cannot be trusted, or not for long"
    severity = Severity.HIGH
    cwe = 295
    maps = ("AISVS10.3.1",)
    why = (
        "Clients refuse the server, or are told not to look, and then trust everybody who answers in its place. A "
        "short key or a broken digest lets others make a certificate that passes for this one."
    )
    fix = (
        "Get a certificate for this name from an authority that clients know, with a key of at least 2048 bits (RSA) "
        "or P-256 and a SHA-256 signature, and have it renewed by itself."
    )

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding."""
        seen = subject.seen("tls")
        days = seen.get("days_left")
        if troubles := tuple(_troubles(seen)):
            yield self.finding(subject.at("tls"), "; ".join(troubles), subject="certificate")
        elif isinstance(days, int) and days < SOON:
            what = f"the certificate ends in {days} days"
            yield self.finding(subject.at("tls"), what, subject="certificate", severity=Severity.LOW)
