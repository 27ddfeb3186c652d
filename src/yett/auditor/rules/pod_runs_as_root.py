"""Rule: a pod may run as root."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.documents.document import truth
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.kubernetes.security import setting
from yett.auditor.rule import Rule
from yett.config.node import Scalar


class PodRunsAsRoot(Rule[Manifest]):
    """`runAsNonRoot` of pod and container, and user 0."""

    id = "pod-runs-as-root"
    title = "A pod may run as root"
    severity = Severity.HIGH
    cwe = 250
    maps = (
        "ASI05",
        "AISVS10.1.3",
    )
    why = (
        "Who gets a command executed in the container is root there: every file is theirs to change, and a flaw "
        "of the kernel is the way to the node."
    )
    fix = "Set `runAsNonRoot: true` and a `runAsUser` other than 0 in the `securityContext`."

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each container."""
        for workload in subject.workloads():
            for container in workload.containers():
                user = setting(workload, container, "runAsUser")
                zero = isinstance(user, Scalar) and user.value == 0
                if zero or truth(setting(workload, container, "runAsNonRoot")) is not True:
                    what = "runs as user 0" if zero else "may run as root: `runAsNonRoot` is not set"
                    yield self.finding(
                        subject.spot(container.span),
                        f"container `{container.name}` of {workload} {what}",
                        subject=f"{workload.kind}.{workload.name}.{container.name}",
                    )
