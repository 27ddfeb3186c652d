"""Rule: a tool can be called without signing in."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class ToolCallableByStrangers(Rule[Endpoint]):
    """The tools of `--call-tools`, called without a credential, where listing needs one."""

    id = "tool-callable-by-strangers"
    title = "A tool can be called without signing in"
    severity = Severity.CRITICAL
    cwe = 862
    maps = (
        "MCP07",
        "ASI03",
        "AISVS10.2.5",
    )
    why = (
        "Listing is guarded and calling is not: whoever knows or guesses a name acts without anybody knowing who "
        "they are."
    )
    fix = "Ask for the credential in one place, before any method is looked at."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding for each tool."""
        for probe in subject.probes():
            if probe.startswith("call ") and subject.seen(probe).get("answered") is True:
                what = f"tool `{probe.removeprefix('call ')}` answers a call without a credential"
                yield self.finding(subject.at(probe), what, subject=probe)
