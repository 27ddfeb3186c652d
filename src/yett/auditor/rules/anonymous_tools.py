"""Rule: everybody may list the tools."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.clients.command import host_of, is_local
from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class AnonymousTools(Rule[Endpoint]):
    """`tools/list` without a credential."""

    id = "anonymous-tools"
    title = "Everybody may list the tools of a server"
    severity = Severity.HIGH
    cwe = 306
    maps = (
        "MCP07",
        "ASI03",
        "AISVS10.2.1",
        "SAFE-T1005",
    )
    why = (
        "Whoever reaches the address sees what can be done there, and as a rule may do it. Scanners look for "
        "exactly this."
    )
    fix = "Ask for a token, or put the gateway in front: it lets nobody in that it does not know."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding; on the machine itself it is less bad, for only its users reach it."""
        if subject.listed("anonymous"):
            count = subject.seen("anonymous").get("tools")
            yield self.finding(
                subject.at("anonymous"),
                f"`{subject.url}` lists {count} tools to everybody",
                subject="anonymous",
                severity=Severity.LOW if is_local(host_of(subject.url)) else self.severity,
            )
