"""Rule: a pod reaches into its node."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.documents.document import get, items, text, truth
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.rule import Rule


class PodReachesHost(Rule[Manifest]):
    """`hostPath`, `hostNetwork`, `hostPID`, `hostIPC`."""

    id = "pod-reaches-host"
    title = "A pod reaches into its node"
    severity = Severity.HIGH
    cwe = 668
    maps = (
        "ASI05",
        "MCP02",
        "SAFE-T1303",
    )
    why = (
        "With the files, processes or network of the node it reaches every other pod there and the credentials of"
        " the node itself. Network policies do not hold a pod in the network of its host."
    )
    fix = "Remove it; use a volume claim for data and a Service for the network."

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each pod, with every way."""
        for workload in subject.workloads():
            found = [
                f"`{key}: true`" for key in ("hostNetwork", "hostPID", "hostIPC") if truth(get(workload.spec, key))
            ]
            paths = [text(get(volume, "hostPath", "path")) for volume in items(get(workload.spec, "volumes"))]
            found += [f"`hostPath: {path}`" for path in paths if path]
            if found:
                yield self.finding(
                    subject.spot(workload.span),
                    f"{workload} reaches into its node: {', '.join(found)}",
                    subject=f"{workload.kind}.{workload.name}",
                )
