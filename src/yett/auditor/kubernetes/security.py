"""The security context that counts for a container: its own, else the pod's."""

from __future__ import annotations

from yett.auditor.containers.capabilities import DANGEROUS
from yett.auditor.documents.document import get, text, texts, truth
from yett.auditor.kubernetes.manifest import Container, Resource
from yett.config.node import Node


def setting(workload: Resource, container: Container, *key: str) -> Node | None:
    """One setting of the security context, as it counts for the container."""
    own = get(container.node, "securityContext", *key)
    return get(workload.spec, "securityContext", *key) if own is None else own


def privileges(workload: Resource, container: Container) -> tuple[list[str], list[str]]:
    """What a container was given that it must not have, and which of the usual restrictions are missing."""
    bad = ["`privileged: true`"] if truth(setting(workload, container, "privileged")) else []
    added = texts(get(container.node, "securityContext", "capabilities", "add"))
    names = [str(item.value).upper().removeprefix("CAP_") for item in added]
    bad += [f"`{name}`" for name in names if name in DANGEROUS]
    missing = []
    if truth(get(container.node, "securityContext", "allowPrivilegeEscalation")) is not False:
        missing.append("allowPrivilegeEscalation: false")
    dropped = texts(get(container.node, "securityContext", "capabilities", "drop"))
    if not any(str(item.value).upper() == "ALL" for item in dropped):
        missing.append("drop: [ALL]")
    if text(setting(workload, container, "seccompProfile", "type")) not in {"RuntimeDefault", "Localhost"}:
        missing.append("seccompProfile")
    return bad, missing
