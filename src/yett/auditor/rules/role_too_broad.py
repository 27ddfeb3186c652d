"""Rule: an account of the cluster may do too much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.documents.document import get, items, text, texts
from yett.auditor.finding import Finding, Severity
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.rule import Rule
from yett.config.node import Node

_GIVING: Final = frozenset({"escalate", "bind", "impersonate"})
_READING: Final = frozenset({"get", "list", "watch", "*"})


def _too_much(rule: Node) -> str:
    verbs = {str(item.value) for item in texts(get(rule, "verbs"))}
    resources = {str(item.value) for item in texts(get(rule, "resources"))}
    if "*" in verbs and "*" in resources:
        return "everything"
    if "*" in resources:
        return "all resources"
    if verbs & _GIVING:
        return f"`{min(verbs & _GIVING)}`"
    if "secrets" in resources and verbs & _READING and get(rule, "resourceNames") is None:
        return "all secrets"
    if {"pods/exec", "pods/attach"} & resources:
        return "commands in pods"
    return "every verb" if "*" in verbs and {"pods", "deployments", "nodes"} & resources else ""


class RoleTooBroad(Rule[Manifest]):
    """Wildcards, secrets, `exec`, and the verbs that give rights."""

    id = "role-too-broad"
    title = "An account of the cluster may do too much"
    severity = Severity.HIGH
    cwe = 269
    maps = (
        "MCP02",
        "ASI03",
        "SAFE-T1506",
    )
    why = (
        "A model that was talked into a call acts with these rights. With wildcards, with all secrets, or with "
        "the right to give rights, it owns the cluster."
    )
    fix = "Name the resources and verbs that the server needs, in a `Role` of its own namespace."

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each role and binding."""
        for resource in subject.resources:
            if resource.kind in {"Role", "ClusterRole"}:
                found = [says for rule in items(get(resource.node, "rules")) if (says := _too_much(rule))]
            elif resource.kind in {"RoleBinding", "ClusterRoleBinding"}:
                role = text(get(resource.node, "roleRef", "name"))
                found = [f"the role `{role}`"] if role in {"cluster-admin", "admin", "edit"} else []
            else:
                continue
            if found:
                yield self.finding(
                    subject.spot(resource.span),
                    f"{resource} gives {', '.join(dict.fromkeys(found))}",
                    subject=f"{resource.kind}.{resource.name}",
                )
