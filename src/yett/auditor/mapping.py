"""Mapping: ids of other catalogues that findings are sorted under, in our own words: their texts are theirs.

OWASP MCP Top 10 (2025), OWASP Top 10 for LLM applications (2025), OWASP Top 10 for agentic applications (2026), OWASP
AISVS 1.0 chapter C10, SAFE-MCP.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from yett.auditor.report import Report

CATALOGUES: Final = {
    "OWASP MCP Top 10 (2025)": {
        "MCP01": "tokens and secrets lie open",
        "MCP02": "rights grow beyond the task",
        "MCP03": "a tool's description or result misleads the model",
        "MCP04": "packages and dependencies are replaced or tampered with",
        "MCP05": "commands of others are run",
        "MCP06": "a flow is turned to another purpose",
        "MCP07": "callers are not identified, or may do too much",
        "MCP08": "nobody records or watches what happens",
        "MCP09": "servers run that nobody answers for",
        "MCP10": "context reaches whom it is not meant for",
    },
    "OWASP LLM Top 10 (2025)": {
        "LLM01": "text that the model reads becomes an instruction",
        "LLM02": "confidential content comes out",
        "LLM03": "what was built in comes from somebody else",
        "LLM04": "training data is poisoned",
        "LLM05": "the model's output is used unchecked",
        "LLM06": "the model may do more than it needs",
        "LLM07": "system prompts come out",
        "LLM08": "stored embeddings leak or mislead",
        "LLM09": "false answers are believed",
        "LLM10": "use without bounds",
    },
    "OWASP Agentic Top 10 (2026)": {
        "ASI01": "an agent's goal is replaced",
        "ASI02": "tools are used against their purpose",
        "ASI03": "identities and rights are abused",
        "ASI04": "what agents are built from is replaced",
        "ASI05": "code runs that nobody meant to run",
        "ASI06": "memory or context is poisoned",
        "ASI07": "agents trust each other's messages",
        "ASI08": "one failure brings down the next",
        "ASI09": "people trust an agent too much",
        "ASI10": "agents act on their own",
    },
}
# Only the ids that rules name: these lists are long, and most of them is about other things.
_OPEN: Final = {"OWASP AISVS C10": "AISVS", "SAFE-MCP": "SAFE-", "CWE": "CWE-"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One id of a catalogue: how many rules looked, and how much they found."""

    id: str
    words: str
    rules: int
    findings: int

    @property
    def outcome(self) -> str:
        """The row in words."""
        if self.findings:
            return f"{self.findings} found"
        return "nothing found" if self.rules else "not checked"


def mapped(report: Report) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """Each catalogue with its rows; what no rule that ran is about is `not checked`, never `fine`."""
    ran: dict[str, list[str]] = {}
    for about in report.about:
        if about.id in report.rules:
            for key in (*about.maps, *([f"CWE-{about.cwe}"] if about.cwe else [])):
                ran.setdefault(key, []).append(about.id)
    found = [finding.rule for finding in report.findings]

    def row(key: str, words: str) -> Row:
        rules = ran.get(key, [])
        return Row(id=key, words=words, rules=len(rules), findings=sum(rule in rules for rule in found))

    for name, ids in CATALOGUES.items():
        yield name, tuple(row(key, words) for key, words in ids.items())
    for name, prefix in _OPEN.items():
        keys = sorted((key for key in ran if key.startswith(prefix)), key=_natural)
        if keys:
            yield name, tuple(row(key, "") for key in keys)


def _natural(key: str) -> tuple[int, ...]:
    return tuple(int(number) for number in "".join(char if char.isdecimal() else " " for char in key).split())
