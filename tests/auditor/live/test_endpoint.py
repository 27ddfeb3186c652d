import json

from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.live.endpoint import Endpoint, claims, parse
from yett.auditor.subject import Skipped

TEXT = '{"yettProbes": 1, "url": "http://a/", "seen": {\n"x": {"listed": true, "status": 200}}}'


def test_a_record_is_read_back():
    assert claims("probes.json", TEXT)
    found = parse("probes.json", TEXT)
    assert (found.url, found.listed("x"), found.listed("y"), found.seen("y")) == ("http://a/", True, False, {})
    assert found.probes() == ("x",)
    assert (found.at("x").line, found.at("y").line) == (2, 1)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["yettProbes", "url", "seen", "anonymous", "status", "headers"]), inner)
        ),
        max_leaves=10,
    )
)
def test_any_content_is_read_or_skipped(value):
    found = parse("probes.json", json.dumps(value))
    assert isinstance(found, Endpoint | Skipped)
    if isinstance(found, Endpoint):
        assert found.seen("anonymous") is not None
