"""Rule: no network policy holds a workload."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.documents.document import get, truth
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Cluster
from yett.auditor.kubernetes.network import policies
from yett.auditor.rule import Rule


class NoNetworkPolicy(Rule[Cluster]):
    """Workloads that no policy of the target selects."""

    id = "no-network-policy"
    title = "No network policy holds a server"
    severity = Severity.MEDIUM
    cwe = 923
    maps = (
        "MCP09",
        "ASI07",
    )
    why = (
        "Every pod of the cluster reaches the server past the gateway, and the server reaches everything: the "
        "credentials of the cloud, databases, the internet."
    )
    fix = "Add a NetworkPolicy that selects it: ingress from the gateway only, egress to DNS and to what it calls."

    def check(self, subject: Cluster) -> Iterator[Finding]:
        """One finding for each workload; jobs that serve nobody need egress rules only."""
        for manifest, workload in subject.workloads():
            held = [way for way in ("Ingress", "Egress") if policies(subject, workload, way)]
            if len(held) == 2 or truth(get(workload.spec, "hostNetwork")):  # noqa: PLR2004 - both ways
                continue
            open_ways = " and ".join(way.lower() for way in ("Ingress", "Egress") if way not in held)
            yield self.finding(
                manifest.spot(workload.span),
                f"no network policy restricts {open_ways} of {workload}",
                subject=f"{workload.kind}.{workload.name}",
                severity=self.severity if not held else Severity.LOW,
            )
