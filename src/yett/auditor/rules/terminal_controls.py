"""Rule: a definition holds escape sequences for terminals."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.catalogues.catalogue import Catalogue
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.detect.disguise import undisguise
from yett.detect.injection import look


class TerminalControls(Rule[Catalogue]):
    """ANSI escapes and other control characters."""

    id = "terminal-controls"
    title = "A definition holds escape sequences for terminals"
    severity = Severity.MEDIUM
    cwe = 150
    maps = ("MCP03", "SAFE-T1402")
    why = (
        "A client in a terminal obeys them: they hide or overwrite what is shown for approval, change the title, or "
        "write to the clipboard. The model reads what was hidden."
    )
    fix = "Remove every control character but line ends from what the server lists."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for each definition."""
        for listed in subject.listed:
            for _, scalar in listed.strings:
                text = str(scalar.value)
                if "terminal controls" in undisguise(text).ways and not look(text):
                    yield self.finding(
                        subject.spot(scalar.span),
                        f"{listed.kind} `{ascii(listed.name)[1:-1]}` holds terminal controls",
                        subject=f"{listed.kind}.{listed.name}",
                        evidence=(ascii(text)[1:161],),
                    )
                    break
