"""Rule: every web page may read the answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule

ELSEWHERE: Final = "https://yett-audit.invalid"
"""The origin of the probe."""


class CrossOriginAnswersReadable(Rule[Endpoint]):
    """`Access-Control-Allow-Origin` with `*` or the origin of the request."""

    id = "cross-origin-answers-readable"
    title = "Every web page may read the answers of a server"
    severity = Severity.HIGH
    cwe = 942
    maps = (
        "MCP07",
        "MCP10",
        "AISVS10.3.3",
    )
    why = (
        "The browser is told that any page may read what the server answers: a page that a user visits lists, "
        "calls and reads."
    )
    fix = "Name the origins that you know, one by one."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding, for an answer that was given; one that refuses may carry the header."""
        seen = subject.seen("foreign-origin")
        headers = seen.get("headers") if isinstance(seen.get("headers"), dict) else {}
        allowed = str((headers or {}).get("access-control-allow-origin", ""))
        if subject.listed("foreign-origin") and allowed in {"*", ELSEWHERE}:
            what = f"`Access-Control-Allow-Origin: {allowed}` for a page elsewhere"
            yield self.finding(subject.at("foreign-origin"), what, subject="cors")
