"""Rule: what a server lists gives orders to the model."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.catalogues.catalogue import Catalogue
from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule
from yett.detect.injection import look_at_all


class PoisonedDescription(Rule[Catalogue]):
    """Every text of every definition, under its disguises, and all texts of one definition together."""

    id = "poisoned-description"
    title = "A description gives orders to the model"
    severity = Severity.HIGH
    cwe = 1427
    maps = ("MCP03", "MCP06", "LLM01", "ASI01", "AISVS10.4.2", "SAFE-T1001", "SAFE-T1401")
    why = (
        "A model reads descriptions as part of its instructions, and people hardly ever read them. A text that "
        "tells it "
        "to keep something from the user, to read keys or to pass the conversation on is obeyed in every session that "
        "has the server, whether or not the tool is ever called."
    )
    fix = (
        "Do not connect this server. If it is your own, describe what the tool does and leave out what the model "
        "shall do."
    )

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for each definition."""
        for listed in subject.listed:
            prose = listed.prose
            position, found = look_at_all(str(scalar.value) for scalar in prose)
            if not found:
                continue
            disguised = f", disguised by {', '.join(found.disguised)}" if found.disguised else ""
            yield self.finding(
                subject.spot(prose[position].span),
                f"{listed.kind} `{listed.name}` {found.says[0]}{disguised}",
                subject=f"{listed.kind}.{listed.name}",
                confidence=Confidence.HIGH if len(found.kinds) > 1 or found.disguised else Confidence.MEDIUM,
                evidence=tuple(f"{says}: “{quote}”" for says, quote in zip(found.says, found.quotes, strict=True)),
            )
