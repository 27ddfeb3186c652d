"""Rule: a definition holds a text that was encoded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.catalogues.catalogue import Catalogue
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.detect.disguise import undisguise
from yett.detect.injection import look

_ENCODINGS: Final = frozenset({"base64", "hexadecimal", "escaped characters"})


class EncodedText(Rule[Catalogue]):
    """Base64, hexadecimal or escapes that decode to words."""

    id = "encoded-text"
    title = "A definition holds an encoded text"
    severity = Severity.MEDIUM
    cwe = 506
    maps = ("MCP03", "SAFE-T1402", "SAFE-T1405")
    why = (
        "Models decode such texts on their own; people and filters do not. A description has no reason to say anything "
        "in a form that its readers cannot read."
    )
    fix = "Write the text out, or remove it."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for each definition; an example of a value that is no prose is spared."""
        for listed in subject.listed:
            for scalar in listed.prose:
                text = str(scalar.value)
                bare = undisguise(text)
                ways = [way for way in bare.ways if way in _ENCODINGS]
                if ways and not look(text):
                    yield self.finding(
                        subject.spot(scalar.span),
                        f"{listed.kind} `{listed.name}` holds a text as {', '.join(ways)}",
                        subject=f"{listed.kind}.{listed.name}",
                        evidence=(f"it says: “{bare.hidden[0][:160]}”",),
                    )
                    break
