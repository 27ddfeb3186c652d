"""Rule: a policy lets a server reach everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.documents.document import get, items
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.kubernetes.network import allows_dns, is_everybody, peers, rules
from yett.auditor.rule import Rule

DNS_PORTS: Final = 2
"""UDP and TCP."""


class EgressToEverywhere(Rule[Manifest]):
    """Egress rules without `to`, and to the whole internet without the metadata address left out."""

    id = "egress-to-everywhere"
    title = "A network policy lets a server reach everything"
    severity = Severity.MEDIUM
    cwe = 923
    maps = (
        "MCP10",
        "ASI07",
        "LLM02",
    )
    why = (
        "A server that was taken over, or that fetches what a model asks for, reaches the credentials of the "
        "cloud at 169.254.169.254 and sends data wherever it likes."
    )
    fix = (
        "Name what it calls. Where it must be the internet: `ipBlock` with `except: [169.254.169.254/32]` and the"
        " private ranges."
    )

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each policy."""
        for resource in subject.resources:
            if resource.kind != "NetworkPolicy":
                continue
            for rule in rules(resource, "Egress"):
                whom = peers(rule, "Egress")
                dns_only = (
                    allows_dns(rule) and get(rule, "ports") is not None and len(items(get(rule, "ports"))) <= DNS_PORTS
                )
                if (whom is None and not dns_only) or any(is_everybody(peer) for peer in whom or []):
                    what = f"{resource} lets its pods reach everything, the metadata of the cloud included"
                    yield self.finding(subject.spot(resource.span), what, subject=f"NetworkPolicy.{resource.name}")
                    break
