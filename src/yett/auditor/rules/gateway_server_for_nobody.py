"""Rule: nobody may use a server."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.gateways.gateway import Gateway
from yett.auditor.rule import Rule


class GatewayServerForNobody(Rule[Gateway]):
    """Servers that no role allows anything of."""

    id = "gateway-server-for-nobody"
    title = "Nobody may use a server of the gateway"
    severity = Severity.LOW
    cwe = 561
    maps = ("MCP09",)
    why = (
        "It is started or connected to, with its credentials, for nobody. What is not used is not watched, and "
        "not updated."
    )
    fix = "Remove the server, or allow somebody what it is for."

    def check(self, subject: Gateway) -> Iterator[Finding]:
        """One finding for each server."""
        allowed = {pattern.partition(".")[0] for _, pattern, _ in subject.allowed()}
        for name, span in subject.servers():
            if name not in allowed and "*" not in allowed:
                yield self.finding(subject.spot(span), f"no role allows anything of server `{name}`", subject=name)
