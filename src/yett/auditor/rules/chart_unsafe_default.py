"""Rule: what a Helm chart does where nobody says otherwise is not safe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from yett.auditor.documents.document import get, pairs, text, truth
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.chart import Chart
from yett.auditor.rule import Rule
from yett.config.node import Map, Node, Scalar, Span

# What a value means for the pods, wherever a chart keeps it; the names are those of Kubernetes.
_SWITCHES: Final[dict[tuple[str, Any], tuple[Severity, str]]] = {
    ("privileged", True): (Severity.HIGH, "gives the server the rights of its node"),
    ("hostNetwork", True): (Severity.HIGH, "puts the server into the network of its node"),
    ("hostPID", True): (Severity.HIGH, "shows the server the processes of its node"),
    ("hostIPC", True): (Severity.HIGH, "gives the server the shared memory of its node"),
    ("allowPrivilegeEscalation", True): (Severity.MEDIUM, "lets the server gain rights"),
    ("runAsNonRoot", False): (Severity.MEDIUM, "lets the server run as root"),
    ("runAsUser", 0): (Severity.MEDIUM, "runs the server as root"),
    ("readOnlyRootFilesystem", False): (Severity.LOW, "lets the server write everywhere"),
}
_CONTEXTS: Final = ("securityContext", "containerSecurityContext", "podSecurityContext")
_OPEN: Final = frozenset({"LoadBalancer", "NodePort"})
_DEPTH: Final = 6
"""Levels: charts with subcharts keep their values three deep."""


def _unsafe(node: Node | None, depth: int = 0) -> Iterator[tuple[Span, str, Severity, str]]:
    """Every unsafe value below a node: where, its key, how grave, and what it does."""
    for key, span, value in pairs(node) if depth < _DEPTH else ():
        if isinstance(value, Scalar):
            found = next((says for (name, bad), says in _SWITCHES.items() if name == key and _same(value, bad)), None)
            if found is not None:
                yield span, key, *found
        elif key in _CONTEXTS and isinstance(value, Map) and not value.entries:
            yield span, key, Severity.LOW, "leaves every right of a container in place"
        elif key == "networkPolicy" and truth(get(value, "enabled")) is False:
            yield span, key, Severity.LOW, "leaves the server open to every pod, and every address open to it"
        elif key == "service" and text(get(value, "type")) in _OPEN:
            yield span, key, Severity.MEDIUM, "opens the server to what is outside of the cluster"
        elif key == "image" and text(get(value, "tag")) == "latest":
            yield span, key, Severity.MEDIUM, "runs whatever image is there at each start"
        if isinstance(value, Map):
            yield from _unsafe(value, depth + 1)


def _same(node: Scalar, bad: Any) -> bool:
    """In Python 0 is False and 1 is True; in a chart they are not."""
    return type(node.value) is type(bad) and node.value == bad


class ChartUnsafeDefault(Rule[Chart]):
    """Values of `values.yaml` by the names that Kubernetes has for them."""

    id = "chart-unsafe-default"
    title = "A Helm chart is unsafe as it comes"
    severity = Severity.MEDIUM
    cwe = 1188
    maps = ("AISVS10.1.3",)
    why = (
        "Most installations keep the values of the chart. What is off there is off in the cluster, and nobody "
        "decided it."
    )
    fix = (
        "Make the safe value the default: `runAsNonRoot: true`, `allowPrivilegeEscalation: false`, "
        "`readOnlyRootFilesystem: true`, `service.type: ClusterIP`, `networkPolicy.enabled: true`, an image by digest."
    )

    def check(self, subject: Chart) -> Iterator[Finding]:
        """One finding for each value."""
        for span, key, severity, says in _unsafe(subject.values.root):
            yield self.finding(
                subject.values.spot(span), f"by default `{key}` {says}", subject=f"{key} {says}", severity=severity
            )
