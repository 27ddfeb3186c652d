"""Rule: a namespace takes pods of any kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.documents.document import get, text
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.rule import Rule

_LABEL: Final = "pod-security.kubernetes.io/enforce"
_HELD: Final = frozenset({"baseline", "restricted"})


class NamespaceWithoutStandard(Rule[Manifest]):
    """No `pod-security.kubernetes.io/enforce` of `baseline` or `restricted`; workloads put into `default` by name."""

    id = "namespace-without-standard"
    title = "A namespace takes privileged pods"
    severity = Severity.LOW
    cwe = 1188
    maps = ("AISVS10.1.3",)
    why = (
        "Nothing in the cluster refuses a pod with the rights of its node. Whoever may start pods there, or takes "
        "over what may, has the node; and what runs in `default` shares its rules with everything else there."
    )
    fix = "Label the server's own namespace `pod-security.kubernetes.io/enforce: restricted`."

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each namespace, and for each workload in `default`."""
        for resource in subject.resources:
            if resource.kind == "Namespace":
                level = text(get(resource.node, "metadata", "labels", _LABEL))
                if level not in _HELD:
                    asks = f"enforces `{level}`" if level else "enforces no Pod Security Standard"
                    yield self.finding(
                        subject.spot(resource.span), f"{resource} {asks}", subject=f"Namespace.{resource.name}"
                    )
        for workload in subject.workloads():
            if workload.namespace == "default":
                yield self.finding(
                    subject.spot(workload.span),
                    f"{workload} is put into the namespace `default`",
                    subject=f"{workload.kind}.{workload.name}",
                    severity=Severity.INFO,
                )
