"""Rule: a session of one user is open to others."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class SessionNotBound(Rule[Endpoint]):
    """A session id with the token of another user (`--second-token-env`), and with none."""

    id = "session-not-bound"
    title = "A session of one user is open to others"
    severity = Severity.CRITICAL
    cwe = 384
    maps = (
        "MCP07",
        "SAFE-T1304",
    )
    why = (
        "Whoever learns the id, from a log or a proxy, acts in the name of its user and reads what the server "
        "sends them."
    )
    fix = "Check the token of every request, and answer 404 when the session is another user's."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding for each way."""
        for probe, who in (("session-of-another", "another user"), ("session-alone", "somebody without a token")):
            if subject.listed(probe):
                yield self.finding(subject.at(probe), f"the session of one user answers {who}", subject=probe)
