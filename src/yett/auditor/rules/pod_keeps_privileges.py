"""Rule: a container keeps privileges that it does not need."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.kubernetes.security import privileges
from yett.auditor.rule import Rule


class PodKeepsPrivileges(Rule[Manifest]):
    """`privileged`, escalation, capabilities, seccomp; one finding for each container."""

    id = "pod-keeps-privileges"
    title = "A container keeps privileges it does not need"
    severity = Severity.MEDIUM
    cwe = 250
    maps = (
        "ASI05",
        "MCP02",
    )
    why = (
        "The default leaves a container with fourteen capabilities, all system calls, and the way up to root by "
        "set-uid programs. A privileged one is no container at all."
    )
    fix = (
        "Set `allowPrivilegeEscalation: false`, `capabilities: { drop: [ALL] }` and `seccompProfile: { type: "
        "RuntimeDefault }`."
    )

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each container, with all that is missing."""
        for workload in subject.workloads():
            for container in workload.containers():
                bad, missing = privileges(workload, container)
                if bad or missing:
                    says = [*bad, *(f"no `{name}`" for name in missing)]
                    yield self.finding(
                        subject.spot(container.span),
                        f"container `{container.name}` of {workload} keeps privileges: {', '.join(says)}",
                        subject=f"{workload.kind}.{workload.name}.{container.name}",
                        severity=Severity.HIGH if bad else self.severity,
                    )
