"""Rule: a session id can be guessed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule

SHORTEST: Final = 16
FEWEST: Final = 6


class WeakSessionId(Rule[Endpoint]):
    """Its length, and how many different characters it has."""

    id = "weak-session-id"
    title = "A session id can be guessed"
    severity = Severity.HIGH
    cwe = 330
    maps = (
        "MCP07",
        "SAFE-T1304",
    )
    why = "An id of few characters is found by trying. Whoever has it reads what the server sends to the user."
    fix = "Draw at least 128 bits at random: 32 hexadecimal digits."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding."""
        seen = subject.seen("session-id")
        length, distinct = seen.get("length"), seen.get("distinct")
        if isinstance(length, int) and isinstance(distinct, int) and (length < SHORTEST or distinct < FEWEST):
            what = f"a session id has {length} characters, {distinct} of them different"
            yield self.finding(subject.at("session-id"), what, subject="session-id")
