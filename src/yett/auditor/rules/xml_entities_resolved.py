"""Rule: an XML parser resolves entities."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program, spot_of
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class XmlEntitiesResolved(Rule[Program]):
    """Parsers that are told to resolve entities."""

    id = "xml-entities-resolved"
    title = "An XML parser resolves entities"
    severity = Severity.MEDIUM
    cwe = 611
    maps = ()
    why = (
        "A document names a file or a URL as an entity, and the parser puts its content into the text: files of the "
        "server, answers of its network."
    )
    fix = "Leave entities off (`resolve_entities=False`), or parse with `defusedxml`."

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for site in subject.sites:
            for name in ("resolve_entities", "noent", "load_dtd"):
                if site.option(name).const is True:
                    yield self.finding(
                        subject.place(spot_of(site)),
                        f"`{site.method}` resolves entities (`{name}`)",
                        subject=f"{site.function.qualified} {site.method}",
                    )
