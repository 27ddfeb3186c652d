"""Rule: a port is published on every address of the machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.containers.compose import Compose
from yett.auditor.documents.document import get, items, text
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.config.node import Map, Node, Scalar

_WITH_ADDRESS: Final = re.compile(
    r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]|localhost|\$\{?\w+\}?(?::-[^}]*\})?):\S*:\S+"
)


def _everywhere(item: Node) -> bool:
    if isinstance(item, Map):
        return get(item, "published") is not None and text(get(item, "host_ip")) in {"", "0.0.0.0", "::"}  # noqa: S104
    port = str(item.value) if isinstance(item, Scalar) else ""
    if port.startswith(("0.0.0.0:", "[::]:")):
        return True
    # `3000` alone publishes on a port that nobody chose, on every address too.
    return bool(port) and not _WITH_ADDRESS.fullmatch(port)


class ServiceOnEveryInterface(Rule[Compose]):
    """`ports` without an address."""

    id = "service-on-every-interface"
    title = "A port is published on every address of the machine"
    severity = Severity.MEDIUM
    cwe = 1327
    maps = (
        "MCP07",
        "SAFE-T1005",
    )
    why = (
        "Docker opens it past the firewall rules of most machines. Everybody in the network reaches the server, "
        "also where only a proxy beside it should."
    )
    fix = (
        "Bind it to the loopback address: `127.0.0.1:3000:3000`; or put the proxy into the same network and "
        "publish only that."
    )

    def check(self, subject: Compose) -> Iterator[Finding]:
        """One finding for each service."""
        for service in subject.services:
            for item in items(get(service.node, "ports")):
                if _everywhere(item):
                    what = f"service `{service.name}` is published on every address"
                    yield self.finding(subject.spot(item.span), what, subject=service.name)
                    break
