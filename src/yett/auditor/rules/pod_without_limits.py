"""Rule: a container may take all memory of its node."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.documents.document import get
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.rule import Rule


class PodWithoutLimits(Rule[Manifest]):
    """`resources.limits.memory`, and a limit or request of CPU."""

    id = "pod-without-limits"
    title = "A container has no limits"
    severity = Severity.LOW
    cwe = 770
    maps = ("ASI08",)
    why = "One call with a large answer, or one loop, takes the memory of the node, and the kernel ends somebody else."
    fix = "Set `resources.limits.memory`, and `requests` for memory and CPU."

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each container that keeps running."""
        for workload in subject.workloads():
            for container in workload.containers():
                if container.main and get(container.node, "resources", "limits", "memory") is None:
                    yield self.finding(
                        subject.spot(container.span),
                        f"container `{container.name}` of {workload} has no limit of memory",
                        subject=f"{workload.kind}.{workload.name}.{container.name}",
                    )
