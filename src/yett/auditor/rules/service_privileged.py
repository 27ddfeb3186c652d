"""Rule: a service has the rights of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.containers.capabilities import DANGEROUS
from yett.auditor.containers.compose import Compose
from yett.auditor.documents.document import get, text, texts, truth
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_NAMESPACES: Final = ("network_mode", "pid", "ipc", "userns_mode", "uts", "cgroup")


class ServicePrivileged(Rule[Compose]):
    """`privileged`, dangerous capabilities, the namespaces of the host."""

    id = "service-privileged"
    title = "A Compose service has the rights of the machine"
    severity = Severity.HIGH
    cwe = 250
    maps = (
        "MCP02",
        "ASI05",
        "SAFE-T1303",
    )
    why = (
        "A privileged container, or one in the namespaces of its host, is no boundary: what runs in it can reach "
        "every process and file of the machine."
    )
    fix = "Remove it; add back the one capability that is needed."

    def check(self, subject: Compose) -> Iterator[Finding]:
        """One finding for each service."""
        for service in subject.services:
            found = [f"`{key}: host`" for key in _NAMESPACES if text(get(service.node, key)) == "host"]
            if truth(get(service.node, "privileged")) is True:
                found.append("`privileged: true`")
            added = [str(item.value).upper().removeprefix("CAP_") for item in texts(get(service.node, "cap_add"))]
            found += [f"`cap_add: {name}`" for name in added if name in DANGEROUS]
            if found:
                what = f"service `{service.name}` has {', '.join(found)}"
                yield self.finding(subject.spot(service.span), what, subject=service.name)
