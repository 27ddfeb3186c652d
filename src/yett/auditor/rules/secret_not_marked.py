"""Rule: a form asks for a secret without saying that it is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.clients.bundle import Bundle
from yett.auditor.clients.client_config import ClientConfig
from yett.auditor.clients.launch import Launches
from yett.auditor.clients.server_json import ServerJson
from yett.auditor.documents.document import get, text, truth
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.config.inline_secrets import is_credential_header, is_credential_variable
from yett.config.node import Span

_WORDS: Final = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])")


class SecretNotMarked(Rule[Launches]):
    """VS Code's `inputs`, `server.json`'s variables and headers, a bundle's `user_config`."""

    id = "secret-not-marked"
    title = "A form asks for a secret and does not say so"
    severity = Severity.LOW
    cwe = 549
    maps = ("MCP01",)
    why = (
        "The client shows the value while it is typed and keeps it where it keeps settings, in clear text; one that is "
        "marked is hidden, and kept in the keyring."
    )
    fix = 'Mark it: `"password": true` in VS Code, `"isSecret": true` in server.json, `"sensitive": true` in a bundle.'

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each question whose name says that its answer is a secret."""
        for name, span in _unmarked(subject):
            if _secret(name):
                yield self.finding(
                    subject.spot(span), f"`{name}` is a secret, and nothing marks it as one", subject=name
                )


def _unmarked(subject: Launches) -> Iterator[tuple[str, Span]]:
    if isinstance(subject, ClientConfig):
        for node in subject.inputs:
            if text(get(node, "type")) == "promptString" and truth(get(node, "password")) is not True:
                yield text(get(node, "id")), node.span
    elif isinstance(subject, ServerJson):
        yield from ((each.name, each.value.span) for _, each in subject.settings() if not each.secret)
    elif isinstance(subject, Bundle):
        yield from ((each.name, each.value.span) for each in subject.asks if not each.secret and each.text == "string")


def _secret(name: str) -> bool:
    return is_credential_variable("_".join(_WORDS.split(name))) or is_credential_header(name)
