"""Rule: a token is read without verifying its signature."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program, spot_of
from yett.auditor.analysis.values import NOTHING
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

READS = frozenset(("decode", "get_unverified_claims"))


class TokenUnverified(Rule[Program]):
    """JWT libraries told not to verify."""

    id = "token-unverified"
    title = "A token is read without verifying its signature"
    severity = Severity.HIGH
    cwe = 347
    maps = ("MCP07", "AISVS10.2.2")
    why = (
        "Anybody can write a token with any name and any scopes into it. Without the signature, its claims are the "
        "caller's own words."
    )
    fix = "Verify with the issuer's keys, a fixed list of algorithms, the audience and the expiry."

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for site in subject.sites:
            library = any(word in path.lower() for path in site.paths for word in ("jwt", "jose"))
            if site.method not in READS or not library:
                continue
            inner = (site.option("options").fields or {}).get("verify_signature", NOTHING)
            if any(value.const is False for value in (inner, site.option("verify"), site.option("verify_signature"))):
                yield self.finding(
                    subject.place(spot_of(site)),
                    f"`{site.function.qualified}` reads a token without verifying it",
                    subject=f"{site.function.qualified} {site.method}",
                )
