"""Rule: any web page may call with the user's credentials."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program, spot_of
from yett.auditor.analysis.values import Value
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

ANY = ("*", ".*")


def _has_any(value: Value) -> bool:
    return any(item.text == "*" for item in value.items or ())


class AnyOriginWithCredentials(Rule[Program]):
    """CORS that answers every origin and allows credentials."""

    id = "any-origin-with-credentials"
    title = "Any web page may call with the user's credentials"
    severity = Severity.HIGH
    cwe = 942
    maps = ("MCP07",)
    why = (
        "With credentials allowed for every origin, any page that the user opens reads the answers of the server in "
        "the name of the user."
    )
    fix = "List the origins that are yours, or do without credentials."

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for site in subject.sites:
            open_to = site.option("allow_origins"), site.option("origin"), site.option("allow_origin_regex")
            anyone = any(value.text in ANY or value.const is True or _has_any(value) for value in open_to)
            allowed = site.option("allow_credentials").const is True or site.option("credentials").const is True
            if anyone and allowed:
                yield self.finding(
                    subject.place(spot_of(site)),
                    f"`{site.method}` lets every origin call with credentials",
                    subject=f"{site.function.qualified} {site.method}",
                )
