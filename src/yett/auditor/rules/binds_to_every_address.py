"""Rule: a server listens on every address."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program, spot_of
from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule

STARTS = frozenset(("run", "run_async", "run_http_async", "listen", "serve", "FastMCP", "run_app", "Config"))
EVERYWHERE = ("0.0.0.0", "::", "[::]")  # noqa: S104 - searched for, never bound


class BindsToEveryAddress(Rule[Program]):
    """A host of `0.0.0.0` or `::` in a call that starts a server."""

    id = "binds-to-every-address"
    title = "A server listens on every address"
    severity = Severity.MEDIUM
    cwe = 1327
    maps = ("MCP07",)
    why = (
        "A server that is meant for this machine is open to the whole network, and in most homes and offices to every "
        "guest of it."
    )
    fix = "Listen on `127.0.0.1`; where others must reach it, put a gateway with authentication in front."

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for site in subject.sites:
            if site.method not in STARTS and not any(path.rsplit(".", 1)[-1] in STARTS for path in site.paths):
                continue
            for value in (site.option("host"), site.option("hostname"), site.argument(1)):
                if value.text in EVERYWHERE:
                    yield self.finding(
                        subject.place(spot_of(site)),
                        f"`{site.method}` listens on `{value.text}`",
                        subject=f"{site.function.qualified} {site.method}",
                        confidence=Confidence.HIGH,
                    )
                    break
