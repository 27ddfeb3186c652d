import yaml
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.containers.compose import Compose, claims, parse
from yett.auditor.subject import Skipped

TEXT = """services:
  a:
    environment: { A: b }
    volumes: ["./x:/x", "/:/host", {type: bind, source: /etc, target: /e}, {type: volume, source: v, target: /v}]
  b:
    environment: ["C=d", "E"]
"""


def test_services_are_read_in_both_forms():
    a, b = parse("compose.yaml", TEXT).services
    assert [(name, value.value) for name, value in a.environment()] == [("A", "b")]
    assert [(name, value.value) for name, value in b.environment()] == [("C", "d")]
    assert [source for source, _ in a.mounts()] == ["./x", "/", "/etc"]


def test_a_file_is_told_by_its_name():
    for name in ("compose.yaml", "docker-compose.yml", "docker-compose.prod.yml", "compose-dev.yaml"):
        assert claims(name, "services: {}")
    assert not claims("services.yaml", "services: {}")


@given(
    st.recursive(
        st.none() | st.text(max_size=4) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["services", "environment", "volumes", "ports", "a", "source"]), inner)
        ),
        max_leaves=10,
    )
)
def test_any_content_is_read_or_skipped(value):
    found = parse("compose.yaml", yaml.safe_dump(value))
    assert isinstance(found, Compose | Skipped)
    if isinstance(found, Compose):
        for service in found.services:
            list(service.environment())
            list(service.mounts())
