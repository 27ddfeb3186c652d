"""Rule: a policy cuts a server off."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Cluster
from yett.auditor.kubernetes.network import allows_dns, policies, rules
from yett.auditor.rule import Rule


class EgressCutOff(Rule[Cluster]):
    """Workloads that are isolated for egress and have no rule for it, or none for DNS."""

    id = "egress-cut-off"
    title = "A network policy cuts a server off"
    severity = Severity.MEDIUM
    cwe = 684
    maps = ("ASI08",)
    why = (
        "With `Egress` listed and no rule, the server reaches neither DNS nor anything else. Nothing works, and "
        "what people do then is to delete the policy."
    )
    fix = "Add egress rules: UDP and TCP 53 to the cluster's DNS, and the hosts and ports that the server calls."

    def check(self, subject: Cluster) -> Iterator[Finding]:
        """One finding for each workload."""
        for _, workload in subject.workloads():
            found = policies(subject, workload, "Egress")
            allowed = [rule for _, policy in found for rule in rules(policy, "Egress")]
            if found and not any(allows_dns(rule) for rule in allowed):
                manifest, policy = found[0]
                what = "anything" if not allowed else "DNS"
                yield self.finding(
                    manifest.spot(policy.span),
                    f"{policy} lists egress, and no rule lets {workload} reach {what}",
                    subject=f"{workload.kind}.{workload.name}",
                )
