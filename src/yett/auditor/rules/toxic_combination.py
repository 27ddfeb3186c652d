"""Rule: one server brings strangers' text, reads what is private, and can send it away."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.catalogues.catalogue import Catalogue, Listed
from yett.auditor.catalogues.duties import Duty, duties_of
from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule


class ToxicCombination(Rule[Catalogue]):
    """Three tools by the words of their names, of one server, that one session can call."""

    id = "toxic-combination"
    title = "One session can read strangers' text, take what is private, and send it"
    severity = Severity.MEDIUM
    cwe = 200
    maps = ("MCP06", "MCP10", "ASI02", "SAFE-T1703", "SAFE-T1914")
    why = (
        "A model follows what it reads. Whoever writes the page or mail that one tool brings can have a second tool "
        "read what is private and a third one send it; each call by itself is allowed."
    )
    fix = "Give the three to different roles, or let a person approve every call that sends."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """At the tool that sends; one finding for a catalogue."""
        first: dict[Duty, Listed] = {}
        for tool in subject.tools:
            for duty in duties_of(tool):
                first.setdefault(duty, tool)
        if len(first) == len(Duty):
            sends = first[Duty.SENDS]
            yield self.finding(
                subject.spot(sends.span),
                f"tool `{sends.name}` can send away what `{first[Duty.READS].name}` reads, when `"
                f"{first[Duty.BRINGS].name}` brings a text that asks for it",
                subject="combination",
                confidence=Confidence.LOW,
                evidence=tuple(f"{first[duty].name}: {duty.value}" for duty in Duty),
            )
