"""Rule: a container can change its own files."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.documents.document import truth
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.kubernetes.security import setting
from yett.auditor.rule import Rule


class PodRootWritable(Rule[Manifest]):
    """`readOnlyRootFilesystem`."""

    id = "pod-root-writable"
    title = "A container can change its own files"
    severity = Severity.MEDIUM
    cwe = 732
    maps = ("ASI05",)
    why = (
        "Whoever takes the server over can replace its program or leave tools behind, and they stay until the pod"
        " is deleted."
    )
    fix = "Set `readOnlyRootFilesystem: true`, and mount an `emptyDir` where it must write."

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each container that keeps running."""
        for workload in subject.workloads():
            for container in workload.containers():
                if container.main and truth(setting(workload, container, "readOnlyRootFilesystem")) is not True:
                    yield self.finding(
                        subject.spot(container.span),
                        f"container `{container.name}` of {workload} can change its own files",
                        subject=f"{workload.kind}.{workload.name}.{container.name}",
                    )
