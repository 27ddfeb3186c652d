"""Which network policy selects which pods, and what it lets through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from yett.auditor.documents.document import get, items, pairs, text, texts
from yett.auditor.kubernetes.manifest import Cluster, Manifest, Resource
from yett.config.node import Map, Node, Scalar

Direction = Literal["Ingress", "Egress"]

METADATA = "169.254.169.254"
"""Where clouds answer questions for credentials."""


def selects(policy: Resource, workload: Resource) -> bool:
    """Whether a policy is for a workload's pods: same namespace, every label that it asks for."""
    if policy.namespace != workload.namespace:
        return False
    return matches(get(policy.node, "spec", "podSelector"), workload.labels)


def matches(selector: Node | None, labels: dict[str, str]) -> bool:
    """Whether labels satisfy a selector; an empty one is satisfied by all."""
    wanted = {
        name: str(node.value) for name, _, node in pairs(get(selector, "matchLabels")) if isinstance(node, Scalar)
    }
    if any(labels.get(name) != value for name, value in wanted.items()):
        return False
    return all(_satisfied(expression, labels) for expression in items(get(selector, "matchExpressions")))


def directions(policy: Resource) -> set[str]:
    """What a policy isolates. Without `policyTypes`: ingress, and egress where there are rules for it."""
    listed = {str(scalar.value) for scalar in texts(get(policy.node, "spec", "policyTypes"))}
    return listed or {"Ingress", *(["Egress"] if get(policy.node, "spec", "egress") is not None else [])}


def policies(cluster: Cluster, workload: Resource, direction: Direction) -> list[tuple[Manifest, Resource]]:
    """The policies that isolate a workload in one direction."""
    return [
        (manifest, policy)
        for manifest, policy in cluster.policies
        if direction in directions(policy) and selects(policy, workload)
    ]


def rules(policy: Resource, direction: Direction) -> list[Node]:
    """The rules of a policy in one direction."""
    return items(get(policy.node, "spec", direction.lower()))


def peers(rule: Node, direction: Direction) -> list[Node] | None:
    """Whom a rule is about; None: everybody."""
    found = get(rule, "from" if direction == "Ingress" else "to")
    listed = items(found)
    return listed or None


def allows_dns(rule: Node) -> bool:
    """Whether an egress rule lets questions to the name server pass."""
    ports = items(get(rule, "ports"))
    if not ports:
        return True
    return any(
        isinstance(node := get(port, "port"), Scalar) and str(node.value) in {"53", "dns", "5353"} for port in ports
    ) or any(get(port, "port") is None for port in ports)


def is_everybody(peer: Node) -> bool:
    """Whether a peer stands for the whole network, credentials of the cloud included, or the whole cluster."""
    cidr = text(get(peer, "ipBlock", "cidr"))
    if cidr in {"0.0.0.0/0", "::/0"}:
        return not any(_excludes_metadata(str(scalar.value)) for scalar in texts(get(peer, "ipBlock", "except")))
    namespaces = get(peer, "namespaceSelector")
    return isinstance(namespaces, Map) and not namespaces.entries and get(peer, "podSelector") is None


def _excludes_metadata(cidr: str) -> bool:
    return cidr in {f"{METADATA}/32", "169.254.0.0/16", "fd00:ec2::254/128", "fe80::/10"}


def _satisfied(expression: Node, labels: dict[str, str]) -> bool:
    key, operator = text(get(expression, "key")), text(get(expression, "operator"))
    values = {str(scalar.value) for scalar in texts(get(expression, "values"))}
    match operator:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return True


def pod_peers(rule: Node) -> Iterator[tuple[Node, dict[str, str]]]:
    """Peers of an ingress rule that are told by pod labels alone, within the policy's own namespace."""
    for peer in peers(rule, "Ingress") or []:
        labels = {
            name: str(node.value)
            for name, _, node in pairs(get(peer, "podSelector", "matchLabels"))
            if isinstance(node, Scalar)
        }
        if get(peer, "namespaceSelector") is None and get(peer, "ipBlock") is None and labels:
            yield peer, labels
