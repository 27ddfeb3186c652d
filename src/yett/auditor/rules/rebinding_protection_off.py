"""Rule: the protection against DNS rebinding is switched off."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program, spot_of
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

SWITCHES = ("enable_dns_rebinding_protection", "enableDnsRebindingProtection")


class RebindingProtectionOff(Rule[Program]):
    """The SDKs' own switches, set to off."""

    id = "rebinding-protection-off"
    title = "The protection against DNS rebinding is switched off"
    severity = Severity.HIGH
    cwe = 346
    maps = ("AISVS10.3.3", "MCP07")
    why = (
        "A page in the user's browser gives its own name the address of this machine and then talks to the local "
        "server as if it were its own. The check of Host and Origin is what stops it."
    )
    fix = "Leave the protection on and name the hosts and origins that are yours."

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for site in subject.sites:
            for name in SWITCHES:
                if site.option(name).const is False:
                    yield self.finding(
                        subject.place(spot_of(site)),
                        f"`{site.method}` is made with `{name}` off",
                        subject=f"{site.function.qualified} {site.method} {name}",
                    )
