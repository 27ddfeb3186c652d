"""Rule: two tools have names that are taken for each other."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.catalogues.catalogue import Catalogue
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.detect.lookalike import is_mixed, skeleton


class LookAlikeToolName(Rule[Catalogue]):
    """The same name twice, names that look the same, names in letters of several scripts."""

    id = "look-alike-tool-name"
    title = "Two tools have names that look the same"
    severity = Severity.MEDIUM
    cwe = 1007
    maps = ("MCP03", "SAFE-T1004", "SAFE-T1301")
    why = (
        "A model, and the person who approves a call, take one for the other. With the same name twice it is open "
        "which "
        "of them is called; clients differ."
    )
    fix = "Give every tool a name of its own, of ASCII letters, digits, `_`, `-` and `.`."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for each name that is mixed, or that looks like one before it."""
        seen: dict[str, str] = {}
        for tool in subject.tools:
            looks = skeleton(tool.name)
            place = subject.spot(tool.span)
            if is_mixed(tool.name):
                shown = ascii(tool.name)[1:-1]
                yield self.finding(
                    place, f"the name `{shown}` mixes letters of several scripts", subject=f"mixed.{shown}"
                )
            elif looks in seen:
                first = seen[looks]
                says = "is listed twice" if first == tool.name else f"looks like `{first}`"
                yield self.finding(place, f"tool `{tool.name}` {says}", subject=f"{first}.{tool.name}")
            seen.setdefault(looks, tool.name)
