"""Rule: a service is not confined."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.containers.compose import Compose
from yett.auditor.documents.document import get, text, texts, truth
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.config.node import Map

_SEVERAL: Final = 2
_OTHERS: Final = re.compile(
    r"(?:^|/)(?:postgres|mysql|mariadb|redis|valkey|mongo|nginx|traefik|caddy|"
    r"elasticsearch|rabbitmq|minio)\b"
)


def _confinement(node: Map) -> Iterator[tuple[str, bool]]:
    options = [str(item.value).replace("=", ":") for item in texts(get(node, "security_opt"))]
    limits = get(node, "deploy", "resources", "limits")
    yield "read_only", truth(get(node, "read_only")) is True
    yield "cap_drop: [ALL]", any(str(item.value).upper() == "ALL" for item in texts(get(node, "cap_drop")))
    yield "no-new-privileges", any(option in {"no-new-privileges", "no-new-privileges:true"} for option in options)
    yield "limits", limits is not None or get(node, "mem_limit") is not None


class ServiceNotConfined(Rule[Compose]):
    """What is missing of user, read-only root, capabilities, privileges, limits; one finding for each service."""

    id = "service-not-confined"
    title = "A Compose service is not confined"
    severity = Severity.LOW
    cwe = 250
    maps = (
        "ASI05",
        "ASI08",
    )
    why = (
        "Whoever takes the server over keeps every right that a container has by default: they write to its "
        "files, raise their rights, and take all memory."
    )
    fix = (
        "Set `user`, `read_only: true`, `cap_drop: [ALL]`, `security_opt: [no-new-privileges:true]`, `mem_limit` "
        "and `pids_limit`."
    )

    def check(self, subject: Compose) -> Iterator[Finding]:
        """One finding for each service that lacks two of them; databases and proxies are spared, by their images."""
        for service in subject.services:
            missing = [name for name, there in _confinement(service.node) if not there]
            spared = _OTHERS.search(text(get(service.node, "image")))
            if len(missing) >= _SEVERAL and not spared and truth(get(service.node, "privileged")) is not True:
                what = f"service `{service.name}` lacks {', '.join(f'`{name}`' for name in missing)}"
                yield self.finding(subject.spot(service.span), what, subject=service.name)
