"""Rule: a Service opens a server to the outside."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.documents.document import get, pairs, text
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.rule import Rule


class ServiceExposed(Rule[Manifest]):
    """`NodePort` and `LoadBalancer`."""

    id = "service-exposed"
    title = "A Service opens a server to the outside"
    severity = Severity.MEDIUM
    cwe = 668
    maps = (
        "MCP07",
        "MCP09",
    )
    why = "It is reachable past the Ingress, and with it past TLS, authentication and limits that stand there."
    fix = "Use `ClusterIP`, and let the gateway or Ingress be the only way in."

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each Service."""
        for resource in subject.resources:
            kind = get(resource.node, "spec", "type")
            internal = any("internal" in name for name, _, _ in pairs(get(resource.node, "metadata", "annotations")))
            ranges = get(resource.node, "spec", "loadBalancerSourceRanges")
            if kind is None or resource.kind != "Service" or text(kind) not in {"NodePort", "LoadBalancer"}:
                continue
            if not internal and ranges is None:
                yield self.finding(
                    subject.spot(kind.span),
                    f"{resource} is a `{text(kind)}`",
                    subject=f"{resource.kind}.{resource.name}",
                )
