"""Hardened manifests: a namespace with restricted pods, the server, its policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yett.auditor.harden.facts import Facts

GATEWAY: Final = "yett"
"""Namespace and name of the gateway that may call the server."""


def manifests(facts: Facts, image: str = "", egress: Sequence[tuple[str, int]] = ()) -> str:
    """All of them. `egress` are the networks (CIDR) and ports that the server calls; DNS is always let through."""
    return "---\n".join(
        (_namespace(facts), _account(facts), _deployment(facts, image), _service(facts), _policy(facts, egress))
    )


def _namespace(facts: Facts) -> str:
    return f"""\
apiVersion: v1
kind: Namespace
metadata:
  name: {facts.name}
  labels:
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/warn: restricted
"""


def _account(facts: Facts) -> str:
    return f"""\
apiVersion: v1
kind: ServiceAccount
metadata: {{ name: {facts.name}, namespace: {facts.name} }}
automountServiceAccountToken: false
"""


def _deployment(facts: Facts, image: str) -> str:
    named = image or f"REGISTRY/{facts.name}@sha256:DIGEST"
    hint = "" if image else "  # fill in: the digest that `docker push` printed"
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: {facts.name}, namespace: {facts.name} }}
spec:
  replicas: 2
  selector: {{ matchLabels: {{ app.kubernetes.io/name: {facts.name} }} }}
  template:
    metadata: {{ labels: {{ app.kubernetes.io/name: {facts.name} }} }}
    spec:
      serviceAccountName: {facts.name}
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        fsGroup: 10001
        seccompProfile: {{ type: RuntimeDefault }}
      containers:
        - name: server
          image: {named}{hint}
          ports: [{{ name: mcp, containerPort: {facts.port} }}]
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {{ drop: [ALL] }}
          resources:
            requests: {{ cpu: 50m, memory: 64Mi }}
            limits: {{ memory: 256Mi }}
          readinessProbe: {{ tcpSocket: {{ port: mcp }} }}
          livenessProbe: {{ tcpSocket: {{ port: mcp }}, periodSeconds: 20, failureThreshold: 5 }}
          volumeMounts: [{{ name: tmp, mountPath: /tmp }}]
      volumes: [{{ name: tmp, emptyDir: {{ sizeLimit: 16Mi }} }}]
"""


def _service(facts: Facts) -> str:
    return f"""\
apiVersion: v1
kind: Service
metadata: {{ name: {facts.name}, namespace: {facts.name} }}
spec:
  type: ClusterIP
  selector: {{ app.kubernetes.io/name: {facts.name} }}
  ports: [{{ name: mcp, port: {facts.port}, targetPort: mcp }}]
"""


def _policy(facts: Facts, egress: Sequence[tuple[str, int]]) -> str:
    rules = "".join(
        f"    - to: [{{ ipBlock: {{ cidr: {cidr} }} }}]\n      ports: [{{ protocol: TCP, port: {port} }}]\n"
        for cidr, port in egress
    )
    return f"""\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{ name: {facts.name}, namespace: {facts.name} }}
spec:
  podSelector: {{ matchLabels: {{ app.kubernetes.io/name: {facts.name} }} }}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:  # the gateway, and nobody else
        - namespaceSelector: {{ matchLabels: {{ kubernetes.io/metadata.name: {GATEWAY} }} }}
          podSelector: {{ matchLabels: {{ app.kubernetes.io/name: {GATEWAY} }} }}
      ports: [{{ protocol: TCP, port: {facts.port} }}]
  egress:
    - to:  # DNS
        - namespaceSelector: {{ matchLabels: {{ kubernetes.io/metadata.name: kube-system }} }}
          podSelector: {{ matchLabels: {{ k8s-app: kube-dns }} }}
      ports: [{{ protocol: UDP, port: 53 }}, {{ protocol: TCP, port: 53 }}]
{rules}"""
