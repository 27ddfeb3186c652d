"""Rule: certificates are not verified."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program, spot_of
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

OPTIONS = ("verify", "rejectUnauthorized", "verify_ssl", "ssl_verify", "check_hostname")
CONTEXTS = frozenset(("ssl._create_unverified_context",))


class TlsUnverified(Rule[Program]):
    """Clients that are told not to verify."""

    id = "tls-unverified"
    title = "Certificates are not verified"
    severity = Severity.HIGH
    cwe = 295
    maps = ("MCP07", "AISVS10.3.1")
    why = (
        "Whoever stands on the way reads and changes everything: tokens, tool results, the descriptions that a model "
        "believes."
    )
    fix = (
        'Leave verification on. For a private authority give its certificate (`verify="/path/ca.pem"`, `ca:`, '
        "`NODE_EXTRA_CA_CERTS`)."
    )

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for site in subject.sites:
            off = [name for name in OPTIONS if site.option(name).const is False]
            if off or any(path in CONTEXTS for path in site.paths):
                named = off[0] if off else site.method
                yield self.finding(
                    subject.place(spot_of(site)),
                    f"`{site.method}` is told not to verify certificates by `{named}`",
                    subject=f"{site.function.qualified} {site.method} {named}",
                )
