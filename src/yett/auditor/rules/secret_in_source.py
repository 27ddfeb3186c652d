"""Rule: a credential is written into the source."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from yett.auditor.analysis.program import SourceFile
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.detect.credentials import CREDENTIALS, NAMED_KIND
from yett.detect.plausible import is_placeholder
from yett.detect.sensitive import Sensitive

# Told by names or by a form that many texts share: in source, most of these are names and examples.
VAGUE = frozenset((NAMED_KIND, "url-password", "bearer-token", "jwt", "azure-client-secret"))


class SecretInSource(Rule[SourceFile]):
    """Tokens and keys of the forms that their issuers document."""

    id = "secret-in-source"
    title = "A credential is written into the source"
    severity = Severity.HIGH
    cwe = 798
    maps = ("MCP01", "ASI03")
    why = (
        "Source is copied, published and packed. Who reads it has the credential for as long as it is valid, and a "
        "later version without it does not take it back."
    )
    fix = "Revoke the credential, and read its successor from the environment, a file or a vault."

    def check(self, subject: SourceFile) -> Iterator[Finding]:
        """Every credential, line by line."""
        detector = _detector()
        suspects = detector.suspects("\n".join(subject.lines).encode("utf-8", "surrogatepass"))
        if not suspects:
            return
        for number, line in enumerate(subject.lines, 1):
            for span in detector.find(line, suspects):
                secret = line[span.start : span.end]
                if not is_placeholder(secret):
                    yield self.finding(
                        subject.place(number, span.start + 1, span.end + 1),
                        f"a credential stands in the source ({span.kind})",
                        subject=f"{span.kind} {len(secret)} {secret[:4]}",
                    )


@cache
def _detector() -> Sensitive:
    return Sensitive(credentials=[each for each in CREDENTIALS if each.kind not in VAGUE])
