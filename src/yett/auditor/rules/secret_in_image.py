"""Rule: a credential is built into an image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.containers.dockerfile import Dockerfile
from yett.auditor.documents.secrecy import masked, secret_kind
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_ASSIGNED: Final = re.compile(r"([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|\S+)")
_KEYS: Final = re.compile(
    r"(?:^|\s)(?!--)(\S*?(?:\.env|id_rsa|id_ed25519|\.npmrc|\.pypirc|\.netrc|\.pgpass|credentials\.json|\.p12|\.pfx|\.key))\s"
)


class SecretInImage(Rule[Dockerfile]):
    """`ENV`, `ARG`, and files that are keys."""

    id = "secret-in-image"
    title = "A credential is built into an image"
    severity = Severity.HIGH
    cwe = 798
    maps = (
        "MCP01",
        "SAFE-T1502",
    )
    why = "Whoever can pull the image reads it from its layers or its history, also when a later layer deletes it."
    fix = "Give it at run time; for the build use `RUN --mount=type=secret`. Replace the credential."

    def check(self, subject: Dockerfile) -> Iterator[Finding]:
        """One finding for each value and file."""
        for stage in subject.stages:
            for each in stage.instructions:
                if each.name in {"ENV", "ARG"}:
                    for name, value in _ASSIGNED.findall(each.value):
                        if kind := secret_kind(name, value.strip("\"'")):
                            what = f"`{name}` holds a credential ({kind})"
                            yield self.finding(subject.at(each), what, subject=name, evidence=(masked(value),))
                elif each.name in {"COPY", "ADD"} and (file := _KEYS.search(each.value)):
                    what = f"`{file[1]}` is copied into the image"
                    yield self.finding(subject.at(each), what, subject=file[1])
