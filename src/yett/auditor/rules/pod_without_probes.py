"""Rule: nobody notices when a server hangs."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.documents.document import get
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.rule import Rule


class PodWithoutProbes(Rule[Manifest]):
    """`livenessProbe` and `readinessProbe` of what has a port and runs for good."""

    id = "pod-without-probes"
    title = "Nobody notices when a server hangs"
    severity = Severity.INFO
    cwe = 703
    maps = ("ASI08",)
    why = (
        "Calls are sent to a server that does not answer, until somebody looks. An attacker who can make it hang "
        "has ended it."
    )
    fix = "Add a `readinessProbe` and a `livenessProbe` on a path that needs no authentication."

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each container."""
        for workload in subject.workloads():
            if workload.kind in {"Job", "CronJob", "Pod"}:
                continue
            for container in workload.containers():
                missing = [name for name in ("readinessProbe", "livenessProbe") if get(container.node, name) is None]
                if container.main and missing and get(container.node, "ports") is not None:
                    yield self.finding(
                        subject.spot(container.span),
                        f"container `{container.name}` of {workload} has no `{'`, no `'.join(missing)}`",
                        subject=f"{workload.kind}.{workload.name}.{container.name}",
                    )
