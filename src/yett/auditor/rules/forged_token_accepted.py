"""Rule: a token that nobody issued is accepted."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class ForgedTokenAccepted(Rule[Endpoint]):
    """A JWT without a signature, and random text."""

    id = "forged-token-accepted"
    title = "A token that nobody issued is accepted"
    severity = Severity.CRITICAL
    cwe = 347
    maps = (
        "MCP01",
        "MCP07",
        "AISVS10.2.2",
        "SAFE-T1308",
    )
    why = (
        "The server looks whether there is a token and not whether it is good. Everybody can write one, with any "
        "name and any role in it."
    )
    fix = "Verify the signature with the keys of the issuer, and allow no algorithm but those that it uses."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding for each kind of token."""
        for probe, kind in (("forged-unsigned", "a JWT without a signature"), ("forged-random", "random text")):
            if subject.listed(probe):
                yield self.finding(subject.at(probe), f"{kind} is accepted as a token", subject=probe)
