from yett.auditor.documents.document import truth
from yett.auditor.kubernetes.manifest import parse
from yett.auditor.kubernetes.security import privileges, setting

TEXT = """apiVersion: v1
kind: Pod
metadata: { name: a }
spec:
  securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
  containers:
    - name: own
      securityContext: { runAsNonRoot: false, allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
    - name: bare
    - name: bad
      securityContext: { privileged: true, capabilities: { add: [CAP_SYS_ADMIN, CHOWN] } }
"""


def test_the_containers_own_word_counts_before_the_pods():
    (pod,) = parse("a.yaml", TEXT).workloads()
    own, bare, bad = pod.containers()
    assert [truth(setting(pod, each, "runAsNonRoot")) for each in (own, bare, bad)] == [False, True, True]
    assert privileges(pod, own) == ([], [])
    assert privileges(pod, bare) == ([], ["allowPrivilegeEscalation: false", "drop: [ALL]"])
    assert privileges(pod, bad)[0] == ["`privileged: true`", "`SYS_ADMIN`"]
