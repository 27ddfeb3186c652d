"""Rule: a pod holds a token of the cluster that it does not need."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.documents.document import get, items, text, truth
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Cluster
from yett.auditor.rule import Rule


class PodMountsToken(Rule[Cluster]):
    """`automountServiceAccountToken`; accounts that have rights bound to them are spared."""

    id = "pod-mounts-token"
    title = "A pod holds a token of the cluster"
    severity = Severity.MEDIUM
    cwe = 269
    maps = (
        "MCP01",
        "MCP02",
        "SAFE-T1506",
    )
    why = (
        "Whoever can read one file in the container can speak to the cluster as its service account. A server "
        "that does not use the cluster gains nothing by it."
    )
    fix = "Set `automountServiceAccountToken: false` in the pod, or in its ServiceAccount."

    def check(self, subject: Cluster) -> Iterator[Finding]:
        """One finding for each workload."""
        bound = {
            text(get(item, "name"))
            for _, r in subject.of("RoleBinding", "ClusterRoleBinding")
            for item in items(get(r.node, "subjects"))
        }
        closed = {
            r.name
            for _, r in subject.of("ServiceAccount")
            if truth(get(r.node, "automountServiceAccountToken")) is False
        }
        for manifest, workload in subject.workloads():
            account = text(get(workload.spec, "serviceAccountName")) or text(get(workload.spec, "serviceAccount"))
            own = truth(get(workload.spec, "automountServiceAccountToken"))
            if own is False or (own is None and account in closed) or account in bound:
                continue
            yield self.finding(
                manifest.spot(workload.span),
                f"{workload} gets a token of the cluster",
                subject=f"{workload.kind}.{workload.name}",
            )
