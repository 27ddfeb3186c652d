"""Rule: a role may use everything."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.gateways.gateway import Gateway
from yett.auditor.rule import Rule
from yett.policy.role import EVERYONE


class GatewayAllowsEverything(Rule[Gateway]):
    """`*.*`, and for the role `everyone` every tool of a server."""

    id = "gateway-allows-everything"
    title = "A role may use every tool of every server"
    severity = Severity.MEDIUM
    cwe = 276
    maps = (
        "MCP02",
        "ASI03",
        "LLM06",
    )
    why = (
        "Whoever has the role, and whoever talks a model of theirs into a call, can use tools that are added "
        "tomorrow and that nobody thought of. For `everyone` that is everybody who can sign in."
    )
    fix = "Name the servers, and the tools that the role is for: `github.get_*`."

    def check(self, subject: Gateway) -> Iterator[Finding]:
        """One finding for each pattern."""
        for role, pattern, span in subject.allowed():
            everyone = role == EVERYONE
            if pattern == "*.*" or (everyone and pattern.endswith(".*") and pattern.count("*") == 1):
                what = f"role `{role}` may use every tool: `{pattern}`"
                severe = Severity.HIGH if everyone and pattern == "*.*" else Severity.LOW if everyone else self.severity
                yield self.finding(subject.spot(span), what, subject=f"{role}.{pattern}", severity=severe)
