from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.kubernetes.formats import FORMATS
from yett.auditor.registry import all_rules

ODD = b"""apiVersion: v1
kind: Deployment
metadata: []
spec: { template: { spec: { containers: [1, null, { image: [] , env: {}, securityContext: 3 }], volumes: x } } }
---
apiVersion: v1
kind: NetworkPolicy
spec: { podSelector: 1, egress: [null], ingress: [{ from: [3, {}] }], policyTypes: Egress }
---
apiVersion: v1
kind: Role
rules: [1, { verbs: x }]
---
apiVersion: v1
kind: Secret
data: { a: "%%%" }
---
apiVersion: v1
kind: Ingress
spec: 1
"""


def test_rules_do_not_break_on_odd_manifests():
    gathered = gather({"a.yaml": ODD}, FORMATS)
    assert [type(subject).__name__ for subject in gathered.subjects] == ["Manifest", "Cluster"]
    assert not judge(gathered.subjects, all_rules()).broken
