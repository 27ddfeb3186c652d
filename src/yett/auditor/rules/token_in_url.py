"""Rule: a credential travels in a URL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.clients.launch import Launches
from yett.auditor.documents.secrecy import secret_kind
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_PARAMETER: Final = re.compile(
    r"(?i)[?&]((?:[a-z0-9]+[-_])*(?:token|api[-_]?key|secret|password|access[-_]?key))=([^&#]+)"
)


class TokenInUrl(Rule[Launches]):
    """A query parameter for a credential. One that stands there in clear text is `secret-in-client-config`'s."""

    id = "token-in-url"
    title = "A credential is sent in the URL"
    severity = Severity.MEDIUM
    cwe = 598
    maps = ("MCP01", "AISVS10.2.2")
    why = (
        "URLs are written into the logs of every proxy and server on the way, into histories and error reports. MCP "
        "forbids access tokens in the query."
    )
    fix = "Send it in a header: `Authorization: Bearer ${TOKEN}`."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each server."""
        for launch in subject.launches:
            for part in (*((launch.url,) if launch.url else ()), *launch.arguments):
                word = str(part.value)
                found = _PARAMETER.search(word) if word.startswith(("http://", "https://")) else None
                if found is not None and not secret_kind("", word) and not secret_kind(found[1], found[2]):
                    yield self.finding(
                        subject.spot(part.span),
                        f"server `{launch.name}` gets its credential in the URL, as `{found[1]}`",
                        subject=f"{launch.name}.{found[1]}",
                    )
                    break
