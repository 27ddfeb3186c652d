import json

from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.clients.server_json import ServerJson, claims, parse
from yett.auditor.subject import Skipped


def test_both_spellings_are_read_alike():
    new = {
        "registryType": "npm",
        "identifier": "a",
        "version": "1.0.0",
        "environmentVariables": [{"name": "K", "isSecret": True}],
    }
    old = {
        "registry_type": "npm",
        "identifier": "a",
        "version": "1.0.0",
        "environment_variables": [{"name": "K", "is_secret": True}],
    }
    read = [parse("server.json", json.dumps({"name": "n", "packages": [each]})).launches[0] for each in (new, old)]
    assert [(r.package.name, r.package.pinned, r.environment[0].secret) for r in read] == [("a", True, True)] * 2


def test_images_and_remotes_are_read():
    text = json.dumps(
        {
            "packages": [{"registryType": "oci", "identifier": "docker.io/a/b:1.0"}],
            "remotes": [{"type": "sse", "url": "http://a.example/sse", "headers": [{"name": "X-Key"}]}],
        }
    )
    image, remote = parse("server.json", text).launches
    assert (image.package.image.tag, image.package.pinned) == ("1.0", False)
    assert remote.url.value == "http://a.example/sse"
    assert [each.name for each in remote.headers] == ["X-Key"]


def test_it_is_told_by_its_name_and_what_it_offers():
    assert claims("x/server.json", '{"packages": []}')
    assert not claims("x/server.json", '{"port": 80}')


@given(
    st.recursive(
        st.none() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["packages", "remotes", "identifier", "url", "registryType", "version"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_any_content_is_read_or_skipped(value):
    assert isinstance(parse("server.json", json.dumps(value)), ServerJson | Skipped)
