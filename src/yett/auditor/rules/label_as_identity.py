"""Rule: one label is enough to be let in."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.kubernetes.network import pod_peers, rules
from yett.auditor.rule import Rule


class LabelAsIdentity(Rule[Manifest]):
    """Ingress by a single pod label in the own namespace."""

    id = "label-as-identity"
    title = "One label is enough to be let in"
    severity = Severity.LOW
    cwe = 290
    maps = (
        "MCP07",
        "ASI03",
    )
    why = (
        "Whoever may start a pod in the namespace gives it that label and calls the server past the gateway. A "
        "label says what somebody calls themselves."
    )
    fix = (
        "Ask for a namespace of its own for the gateway (`namespaceSelector` beside `podSelector`), and "
        "authenticate the caller."
    )

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each policy."""
        for resource in subject.resources:
            if resource.kind != "NetworkPolicy":
                continue
            single = [
                labels for rule in rules(resource, "Ingress") for _, labels in pod_peers(rule) if len(labels) == 1
            ]
            if single:
                name, value = next(iter(single[0].items()))
                yield self.finding(
                    subject.spot(resource.span),
                    f"{resource} lets in whoever has the label `{name}: {value}`",
                    subject=f"NetworkPolicy.{resource.name}",
                )
