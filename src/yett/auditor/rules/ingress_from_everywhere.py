"""Rule: a policy lets everybody in."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.kubernetes.network import is_everybody, peers, rules
from yett.auditor.rule import Rule


class IngressFromEverywhere(Rule[Manifest]):
    """Ingress rules without `from`, from all namespaces, or from the whole network."""

    id = "ingress-from-everywhere"
    title = "A network policy lets everybody in"
    severity = Severity.MEDIUM
    cwe = 923
    maps = (
        "MCP07",
        "MCP09",
    )
    why = "Every pod of every namespace can call the server past the gateway; the policy restricts nothing but ports."
    fix = "Name the gateway: a `namespaceSelector` and a `podSelector` in one entry."

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each policy; a rule for health checks of one port is one too."""
        for resource in subject.resources:
            if resource.kind != "NetworkPolicy":
                continue
            for rule in rules(resource, "Ingress"):
                whom = peers(rule, "Ingress")
                if whom is None or any(is_everybody(peer) for peer in whom):
                    what = f"{resource} lets every pod in"
                    yield self.finding(subject.spot(resource.span), what, subject=f"NetworkPolicy.{resource.name}")
                    break
