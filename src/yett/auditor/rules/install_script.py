"""Rule: installing a package fetches and runs something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule
from yett.auditor.supply.npm_package import NpmPackage

_FETCHES: Final = re.compile(
    r"\b(?:curl|wget|Invoke-WebRequest|iwr)\b|https?://|\bbase64\b|\beval\b|/dev/tcp/|"
    r"\b(?:node|python3?|perl|ruby)\s+-(?:e|c)\b|\b(?:npx|bunx)\s+(?:-y|--yes)\b|\bpowershell\b",
    re.IGNORECASE,
)
_OWN_CODE: Final = re.compile(
    r"\b(?:node|bun|tsx|ts-node|python3?|sh|bash)\s+(?:\./)?[\w./-]+\.\w+|(?:^|\s)\./[\w./-]+"
)


class InstallScript(Rule[NpmPackage]):
    """`preinstall`, `install`, `postinstall`: gravest where it fetches; private packages only where it fetches."""

    id = "install-script"
    title = "Installing a package runs its code"
    severity = Severity.HIGH
    cwe = 829
    maps = ("MCP04", "ASI04", "SAFE-T1203")
    why = (
        "The script runs with the rights of whoever installs the package, before anybody looked at it, and also "
        "where the package is never used. It is how most packages that were taken over do harm."
    )
    fix = "Ship what the script makes or fetches, and leave `preinstall`, `install` and `postinstall` out."

    def check(self, subject: NpmPackage) -> Iterator[Finding]:
        """One finding for each script."""
        for key, script in subject.at_install():
            fetches = _FETCHES.search(str(script.value))
            if fetches is None and (subject.private or _OWN_CODE.search(str(script.value)) is None):
                continue
            yield self.finding(
                subject.spot(script.span),
                f"`{key}` runs code {'that it fetches or hides' if fetches else 'of the package'} at install",
                subject=key,
                severity=self.severity if fetches else Severity.LOW,
                confidence=Confidence.HIGH if fetches else Confidence.MEDIUM,
            )
