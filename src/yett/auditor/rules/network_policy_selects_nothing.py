"""Rule: a network policy selects nothing."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Cluster
from yett.auditor.kubernetes.network import selects
from yett.auditor.rule import Rule


class NetworkPolicySelectsNothing(Rule[Cluster]):
    """Policies whose labels no workload of the target has."""

    id = "network-policy-selects-nothing"
    title = "A network policy selects nothing"
    severity = Severity.MEDIUM
    cwe = 684
    maps = ("MCP09",)
    why = (
        "It looks like a protection and is none: the pods that were meant have other labels, or live in another "
        "namespace."
    )
    fix = "Write the labels of the pods' template into `podSelector`, and the same namespace."

    def check(self, subject: Cluster) -> Iterator[Finding]:
        """One finding for each policy; where the target has no workloads, nothing can be said."""
        workloads = [workload for _, workload in subject.workloads()]
        for manifest, policy in subject.of("NetworkPolicy"):
            if workloads and not any(selects(policy, workload) for workload in workloads):
                yield self.finding(
                    manifest.spot(policy.span),
                    f"{policy} selects none of {len(workloads)} workloads",
                    subject=f"NetworkPolicy.{policy.name}",
                )
