"""Rule: a credential stands in a manifest."""

from __future__ import annotations

import binascii
from collections.abc import Iterator

from yett.auditor.documents.document import get, items, pairs, text
from yett.auditor.documents.secrecy import masked, secret_kind
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest, Resource
from yett.auditor.rule import Rule
from yett.config.node import Scalar


def _values(subject: Manifest) -> Iterator[tuple[Resource, str, Scalar]]:
    """Every named text that may be a secret, and the resource it stands in."""
    for workload in subject.workloads():
        for container in workload.containers():
            for item in items(get(container.node, "env")):
                value = get(item, "value")
                if isinstance(value, Scalar) and text(value):
                    yield workload, text(get(item, "name")), value
    for resource in subject.resources:
        keys = {"ConfigMap": ("data",), "Secret": ("data", "stringData")}.get(resource.kind, ())
        for key in keys:
            for name, _, value in pairs(get(resource.node, key)):
                if isinstance(value, Scalar) and text(value):
                    yield resource, name, value


def _decoded(value: str) -> str:
    try:
        return binascii.a2b_base64(value).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


class SecretInManifest(Rule[Manifest]):
    """Literal `env`, `ConfigMap`s, and `Secret`s with their data."""

    id = "secret-in-manifest"
    title = "A credential stands in a manifest"
    severity = Severity.HIGH
    cwe = 312
    maps = (
        "MCP01",
        "SAFE-T1206",
    )
    why = (
        "Manifests are committed and copied, and everybody who may read the workload or the ConfigMap reads the "
        "value. Base64 hides nothing."
    )
    fix = (
        "Keep it in a secret store and refer to it (`secretKeyRef`, a CSI volume, a sealed secret). Replace the "
        "credential."
    )

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each value."""
        for owner, name, node in _values(subject):
            value = str(node.value)
            if owner.kind == "Secret" and get(owner.node, "data", name) is node:
                value = _decoded(value)
            if kind := secret_kind(name, value):
                yield self.finding(
                    subject.spot(node.span),
                    f"`{name}` of {owner} holds a credential ({kind})",
                    subject=f"{owner.kind}.{owner.name}.{name}",
                    evidence=(f"{name} = {masked(value)}",),
                )
