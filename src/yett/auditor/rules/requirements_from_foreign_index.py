"""Rule: a file of a project lets its packages come from an index that is not verified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.auditor.supply.requirements import Line, Requirements

_ADDS: Final = frozenset({"extra-index-url", "trusted-host", "find-links", "f"})
_FOLDERS: Final = (".", "/", "file:", "~")
_INDEXES: Final = frozenset({"index-url", "i", "registry"})
_STRICT: Final = frozenset({"strict-ssl"})


def _says(option: Line) -> str:
    """What an option does that it should not; empty where it is none of these."""
    if option.name in _ADDS and not option.value.startswith(_FOLDERS):
        return "adds a source of packages beside the index, or trusts one without verifying it"
    plain = option.value.strip("\"'").startswith("http://")
    if plain and (option.name in _INDEXES or option.name.endswith(":registry")):
        return "takes packages over plain HTTP"
    if option.name in _STRICT and option.value.strip("\"'").lower() == "false":
        return "takes packages of anybody who answers for the registry"
    return ""


class RequirementsFromForeignIndex(Rule[Requirements]):
    """`--extra-index-url`, `--trusted-host` and `http://` in requirements, `pip.conf` and `.npmrc`; `strict-ssl`."""

    id = "requirements-from-foreign-index"
    title = "A project's packages may come from an unverified index"
    severity = Severity.MEDIUM
    cwe = 427
    maps = ("MCP04", "ASI04")
    why = (
        "With a second index, whichever has the higher version wins: who registers the name in the public one is "
        "installed. A registry that is not verified can be answered by anybody on the way."
    )
    fix = "Use one index, over https and verified, that mirrors what is needed; for npm, one registry for each scope."

    def check(self, subject: Requirements) -> Iterator[Finding]:
        """One finding for each option."""
        for option in subject.options():
            if says := _says(option):
                yield self.finding(subject.at(option), f"`{option.name}` {says}", subject=f"{option.name} {says}")
