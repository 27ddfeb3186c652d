import pytest

from yett.auditor.documents.yaml_reader import read_yaml
from yett.auditor.kubernetes.manifest import cluster, parse
from yett.auditor.kubernetes.network import (
    allows_dns,
    directions,
    is_everybody,
    matches,
    peers,
    pod_peers,
    policies,
    rules,
    selects,
)

TEXT = """apiVersion: v1
kind: Pod
metadata: { name: a, namespace: n, labels: { app: a } }
spec: { containers: [{ name: c }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: p, namespace: n }
spec:
  podSelector: { matchLabels: { app: a } }
  egress: [{ ports: [{ port: 53 }] }]
"""


def node(text):
    return read_yaml(text)[0]


def test_a_policy_selects_by_namespace_and_labels():
    manifest = parse("a.yaml", TEXT)
    pod, policy = manifest.resources
    assert selects(policy, pod)
    assert directions(policy) == {"Ingress", "Egress"}
    (whole,) = cluster([manifest])
    assert [each.name for _, each in policies(whole, pod, "Egress")] == ["p"]
    assert [allows_dns(rule) for rule in rules(policy, "Egress")] == [True]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("{}", True),
        ("{ matchLabels: { app: a } }", True),
        ("{ matchLabels: { app: b } }", False),
        ("{ matchExpressions: [{ key: app, operator: In, values: [a, b] }] }", True),
        ("{ matchExpressions: [{ key: app, operator: NotIn, values: [a] }] }", False),
        ("{ matchExpressions: [{ key: x, operator: Exists }] }", False),
        ("{ matchExpressions: [{ key: x, operator: DoesNotExist }] }", True),
    ],
)
def test_selectors_mean_what_kubernetes_says(selector, found):
    assert matches(node(selector), {"app": "a"}) is found


@pytest.mark.parametrize(
    ("peer", "found"),
    [
        ("{ ipBlock: { cidr: 0.0.0.0/0 } }", True),
        ("{ ipBlock: { cidr: 0.0.0.0/0, except: [169.254.169.254/32] } }", False),
        ("{ ipBlock: { cidr: 10.0.0.0/8 } }", False),
        ("{ namespaceSelector: {} }", True),
        ("{ namespaceSelector: {}, podSelector: { matchLabels: { a: b } } }", False),
        ("{ podSelector: {} }", False),
    ],
)
def test_who_is_everybody(peer, found):
    assert is_everybody(node(peer)) is found


def test_peers_are_none_where_a_rule_names_nobody():
    assert peers(node("{ ports: [{ port: 1 }] }"), "Egress") is None
    assert len(peers(node("{ from: [{ podSelector: {} }] }"), "Ingress")) == 1


def test_labels_alone_are_told_from_labels_in_a_namespace():
    labels = "podSelector: { matchLabels: { a: b } }"
    rule = node(f"{{ from: [{{ {labels} }}, {{ {labels}, namespaceSelector: {{}} }}] }}")
    assert [found for _, found in pod_peers(rule)] == [{"a": "b"}]
