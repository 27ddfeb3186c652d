"""Rule: a definition that every caller is shown holds a credential."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.catalogues.catalogue import Catalogue
from yett.auditor.documents.secrecy import masked, secret_kind
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class SecretInToolDefinition(Rule[Catalogue]):
    """Defaults, examples and descriptions with a credential in them."""

    id = "secret-in-tool-definition"
    title = "A tool's definition holds a credential"
    severity = Severity.HIGH
    cwe = 798
    maps = ("MCP01", "LLM02", "SAFE-T1502")
    why = "Whoever may list the tools reads it: every client, every model, and every log of a conversation."
    fix = "Take the value out of the definition, read it where the tool runs, and replace the credential."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for each text."""
        for listed in subject.listed:
            for key, scalar in listed.strings:
                if kind := secret_kind("" if key in {"description", "title", "pattern"} else key, str(scalar.value)):
                    yield self.finding(
                        subject.spot(scalar.span),
                        f"`{key}` of {listed.kind} `{listed.name}` holds a credential ({kind})",
                        subject=f"{listed.name}.{key}",
                        evidence=(masked(str(scalar.value)),),
                    )
