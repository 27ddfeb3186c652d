"""Rule: pages for operators are open to everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule

_CONTENT: Final = {
    "/docs": re.compile(r"(?i)swagger-ui|redoc"),
    "/openapi.json": re.compile(r'"openapi"\s*:'),
    "/metrics": re.compile(r"(?m)^# (?:HELP|TYPE) "),
    "/debug/vars": re.compile(r'"(?:cmdline|memstats)"\s*:'),
    "/.env": re.compile(r"(?m)^[A-Z][A-Z0-9_]+=\S"),
    "/inspector": re.compile(r"(?i)mcp inspector"),
}


class DebugPagesExposed(Rule[Endpoint]):
    """API documentation, metrics, variables, `.env`, inspectors."""

    id = "debug-pages-exposed"
    title = "Pages for operators are open to everybody"
    severity = Severity.MEDIUM
    cwe = 489
    maps = (
        "MCP09",
        "SAFE-T1109",
    )
    why = "They list every route and parameter, tell how the server is used, or hold its secrets."
    fix = "Serve them on another port that strangers do not reach, or not at all."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding for each page; a page that only looks like one (a start page for every path) is spared."""
        for probe in subject.probes():
            path = probe.removeprefix("page ")
            text = str(subject.seen(probe).get("text", ""))
            if probe != path and (pattern := _CONTENT.get(path)) and pattern.search(text):
                severe = (
                    Severity.HIGH
                    if path == "/.env"
                    else Severity.LOW
                    if path in {"/docs", "/openapi.json"}
                    else self.severity
                )
                yield self.finding(subject.at(probe), f"`{path}` is open to everybody", subject=path, severity=severe)
