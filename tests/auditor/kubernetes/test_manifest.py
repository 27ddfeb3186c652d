import yaml
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.kubernetes.manifest import Cluster, Manifest, claims, cluster, parse
from yett.auditor.subject import Skipped

TEXT = """apiVersion: batch/v1
kind: CronJob
metadata: { name: a, namespace: n }
spec: { jobTemplate: { spec: { template: { metadata: { labels: { x: y } }, spec: {
  initContainers: [{ name: i }, { name: s, restartPolicy: Always }], containers: [{ name: c }] } } } } }
---
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: Service, metadata: { name: b } }
"""


def test_resources_are_read_with_their_pods():
    found = parse("a.yaml", TEXT)
    assert [(each.kind, each.name, each.namespace) for each in found.resources] == [
        ("CronJob", "a", "n"),
        ("Service", "b", ""),
    ]
    (job,) = found.workloads()
    assert job.labels == {"x": "y"}
    assert [(each.name, each.main) for each in job.containers()] == [("i", False), ("s", True), ("c", True)]
    assert str(job) == "CronJob `a`"


def test_a_template_of_helm_is_skipped_with_what_to_do():
    text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n"
    assert claims("templates/pod.yaml", text)
    assert parse("templates/pod.yaml", text) == Skipped(
        path="templates/pod.yaml", why="a Helm template: run `helm template CHART > rendered.yaml` and audit that"
    )


def test_all_files_of_a_target_are_one_cluster():
    one, two = parse("a.yaml", TEXT), parse("b.yaml", TEXT)
    (found,) = cluster([one, two])
    assert isinstance(found, Cluster)
    assert len(list(found.workloads())) == 2
    assert [manifest.path for manifest, _ in found.of("Service")] == ["a.yaml", "b.yaml"]
    assert not list(cluster([]))


@given(
    st.recursive(
        st.none() | st.text(max_size=4) | st.integers() | st.just("Pod"),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["apiVersion", "kind", "metadata", "spec", "template", "containers", "labels", "name", "items"]
                ),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_any_content_is_read_or_skipped(value):
    found = parse("a.yaml", yaml.safe_dump(value))
    assert isinstance(found, Manifest | Skipped)
    if isinstance(found, Manifest):
        for workload in found.workloads():
            list(workload.containers())
