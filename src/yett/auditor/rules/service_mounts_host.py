"""Rule: a service is given the files of the machine."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.containers.capabilities import HOST_FOLDERS
from yett.auditor.containers.compose import Compose
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class ServiceMountsHost(Rule[Compose]):
    """The runtime's socket, the root, home and system folders."""

    id = "service-mounts-host"
    title = "A Compose service is given the files of the machine"
    severity = Severity.HIGH
    cwe = 668
    maps = (
        "MCP02",
        "ASI05",
        "SAFE-T1303",
    )
    why = (
        "With the socket of the container runtime it can start whatever it likes, as root; with `/`, `/etc` or a "
        "home folder it can write the file that runs next."
    )
    fix = "Mount the one folder that it needs, read-only where it only reads."

    def check(self, subject: Compose) -> Iterator[Finding]:
        """One finding for each mount."""
        for service in subject.services:
            for source, span in service.mounts():
                if HOST_FOLDERS.fullmatch(source):
                    what = f"service `{service.name}` is given `{source}`"
                    yield self.finding(subject.spot(span), what, subject=f"{service.name}.{source}")
