"""Rule: a resource template stands for every file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.catalogues.catalogue import Catalogue
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_EVERY_FILE: Final = re.compile(r"file:/{0,3}\{[+/#]?\w+\*?\}|\{[+]?\w+\*?\}|https?://\{[^}]*\}.*")


class AnyFileTemplate(Rule[Catalogue]):
    """`file:///{path}`, and templates that are nothing but a variable."""

    id = "any-file-template"
    title = "A resource template stands for every file or address"
    severity = Severity.HIGH
    cwe = 22
    maps = ("MCP02", "SAFE-T1105", "SAFE-T1606")
    why = "The client chooses the whole path or host: the server reads any file that it can, or fetches any address."
    fix = "Put a scheme and a folder of your own in front (`notes://{name}`), and confine what the name may be."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for each template."""
        for listed in subject.listed:
            if listed.kind == "resource template" and _EVERY_FILE.fullmatch(listed.name):
                yield self.finding(
                    subject.spot(listed.span),
                    f"the template `{listed.name}` stands for every file or address",
                    subject=listed.name,
                )
