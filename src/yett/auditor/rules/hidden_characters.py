"""Rule: a text of a definition holds characters that nobody sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.catalogues.catalogue import Catalogue
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.detect.disguise import undisguise
from yett.detect.injection import look

_SEEN_BY_NOBODY: Final = frozenset(
    {"invisible characters", "direction controls", "tag characters", "variation selectors", "a text far out of sight"}
)


class HiddenCharacters(Rule[Catalogue]):
    """Zero-width characters, direction controls, the tag block. Where they hide an order, that is another finding."""

    id = "hidden-characters"
    title = "A definition holds characters that nobody sees"
    severity = Severity.MEDIUM
    cwe = 1007
    maps = ("MCP03", "SAFE-T1402")
    why = (
        "A person who reviews the definition reads another text than the model: invisible characters carry whole "
        "sentences, split words so that no filter finds them, or turn the order of what is shown."
    )
    fix = "Remove them, and ask how they came there: no editor writes them by accident in such places."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for each definition."""
        for listed in subject.listed:
            for _, scalar in listed.strings:
                text = str(scalar.value)
                ways = [way for way in undisguise(text).ways if way in _SEEN_BY_NOBODY]
                if ways and not look(text):
                    yield self.finding(
                        subject.spot(scalar.span),
                        f"{listed.kind} `{ascii(listed.name)[1:-1]}` holds {', '.join(ways)}",
                        subject=f"{listed.kind}.{listed.name}",
                        evidence=(ascii(text)[1:161],),
                    )
                    break
