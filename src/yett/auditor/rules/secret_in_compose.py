"""Rule: a credential stands in a Compose file."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.containers.compose import Compose, Service
from yett.auditor.documents.document import get, pairs, texts
from yett.auditor.documents.secrecy import masked, secret_kind
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.config.node import Scalar


def _arguments(service: Service) -> Iterator[tuple[str, Scalar]]:
    for name, _, value in pairs(get(service.node, "build", "args")):
        if isinstance(value, Scalar):
            yield name, value
    for value in texts(get(service.node, "command")):
        yield "command", value


class SecretInCompose(Rule[Compose]):
    """`environment`, build arguments and commands."""

    id = "secret-in-compose"
    title = "A credential stands in a Compose file"
    severity = Severity.HIGH
    cwe = 798
    maps = (
        "MCP01",
        "SAFE-T1206",
    )
    why = "The file is committed and copied; `docker inspect` shows the value to everybody who may ask the daemon."
    fix = (
        "Use `secrets:` or `env_file:` with a file that is not committed, write `${NAME}` here, and replace the "
        "credential."
    )

    def check(self, subject: Compose) -> Iterator[Finding]:
        """One finding for each value."""
        for service in subject.services:
            settings = [*service.environment(), *_arguments(service)]
            for name, value in settings:
                if kind := secret_kind(name, str(value.value)):
                    yield self.finding(
                        subject.spot(value.span),
                        f"`{name}` of service `{service.name}` holds a credential ({kind})",
                        subject=f"{service.name}.{name}",
                        evidence=(masked(str(value.value)),),
                    )
