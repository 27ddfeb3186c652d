"""Rule: a debug mode is switched on."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program, spot_of
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

FRAMEWORKS = frozenset(("flask", "starlette", "fastapi", "werkzeug", "aiohttp", "quart", "sanic"))


class DebugMode(Rule[Program]):
    """Debug modes of web frameworks."""

    id = "debug-mode"
    title = "A debug mode is switched on"
    severity = Severity.MEDIUM
    cwe = 489
    maps = ("MCP10",)
    why = (
        "Debug modes answer errors with source, variables and secrets; that of Flask and Werkzeug runs code for "
        "whoever opens the page."
    )
    fix = "Switch it on by the environment of a developer only, never in the code that is shipped."

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for site in subject.sites:
            framework = any(path.split(".")[0].split("(")[0] in FRAMEWORKS for path in site.paths)
            if framework and site.option("debug").const is True:
                yield self.finding(
                    subject.place(spot_of(site)),
                    f"`{site.method}` runs in debug mode",
                    subject=f"{site.function.qualified} {site.method}",
                )
