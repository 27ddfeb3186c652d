"""Rule: an Ingress serves without TLS."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.documents.document import get, items, pairs
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.rule import Rule
from yett.config.node import Scalar


class IngressWithoutTls(Rule[Manifest]):
    """`Ingress` without `tls`, and with redirects switched off."""

    id = "ingress-without-tls"
    title = "An Ingress serves without TLS"
    severity = Severity.HIGH
    cwe = 319
    maps = (
        "MCP07",
        "AISVS10.3.1",
    )
    why = "Tokens and answers cross the network in clear text, and whoever is on the way can change both."
    fix = "Add `tls` with the secret of a certificate, and leave the redirect to https on."

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each Ingress."""
        for resource in subject.resources:
            if resource.kind != "Ingress":
                continue
            if not items(get(resource.node, "spec", "tls")):
                what = f"{resource} has no `tls`"
                yield self.finding(subject.spot(resource.span), what, subject=f"Ingress.{resource.name}")
                continue
            for name, span, value in pairs(get(resource.node, "metadata", "annotations")):
                if name.endswith("/ssl-redirect") and isinstance(value, Scalar) and str(value.value).lower() == "false":
                    what = f"{resource} serves plain HTTP beside TLS: `{name}` is off"
                    yield self.finding(subject.spot(span), what, subject=f"Ingress.{resource.name}")
