"""Rule: a message whose headers say something else is accepted."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class HeaderBodyDisagreementAccepted(Rule[Endpoint]):
    """`Mcp-Method` that is not the method of the body."""

    id = "header-body-disagreement-accepted"
    title = "A message whose headers contradict it is accepted"
    severity = Severity.HIGH
    cwe = 436
    maps = ("MCP07",)
    why = (
        "Proxies decide by the headers and the server by the body: what is allowed there and what is done here "
        "are two different things. MCP demands the error -32020."
    )
    fix = "Compare `Mcp-Method`, `Mcp-Name` and `Mcp-Param-*` with the body, and refuse what differs."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding."""
        if subject.listed("header-differs"):
            yield self.finding(
                subject.at("header-differs"),
                "`Mcp-Method: prompts/list` over a `tools/list` is answered",
                subject="header-differs",
            )
