"""Rule: a token is accepted in the URL."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class TokenInQueryAccepted(Rule[Endpoint]):
    """A good token as `access_token` in the query, and in no header."""

    id = "token-in-query-accepted"
    title = "A token is accepted in the URL"
    severity = Severity.HIGH
    cwe = 598
    maps = ("MCP01",)
    why = (
        "URLs are written into the logs of every proxy and server on the way. MCP forbids tokens in the query; "
        "where they are accepted, clients use them."
    )
    fix = "Read tokens from the `Authorization` header only."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding."""
        if subject.listed("token-in-query"):
            yield self.finding(
                subject.at("token-in-query"), "a token in the query is accepted", subject="token-in-query"
            )
