from __future__ import annotations

import asyncio
from typing import Any

import pytest
from counterfeit.http import Question, Reply, asker
from hypothesis import given
from hypothesis import strategies as st

from yett.errors import UpstreamUnavailable
from yett.upstream.oauth.metadata import covers, issuer_at, issuer_places, resource_of, resource_places

URL = "https://crm.example.com/v1/mcp"


def serving(documents: dict[str, Any]) -> Any:
    def answer(question: Question) -> Reply:
        found = documents.get(f"https://{question.headers['host']}{question.target}")
        return Reply(404) if found is None else found if isinstance(found, Reply) else Reply(200, found)

    return asker(answer)


def test_a_servers_metadata_is_looked_for_where_it_says_then_at_its_path_then_at_the_root():
    root, path = "https://crm.example.com/.well-known/oauth-protected-resource", "/v1/mcp"
    assert resource_places(URL, "") == [root + path, root]
    assert resource_places(URL, "https://crm.example.com/custom") == [
        "https://crm.example.com/custom",
        root + path,
        root,
    ]
    assert resource_places(URL, root) == [root, root + path]
    assert resource_places("https://crm.example.com/", "") == [root]


def test_another_origin_does_not_speak_for_a_server():
    assert len(resource_places(URL, "https://evil.example/.well-known/x")) == 2
    assert len(resource_places(URL, "http://crm.example.com/x")) == 2


def test_an_issuers_metadata_is_looked_for_in_the_order_of_the_specification():
    assert issuer_places("https://a.example/t1") == [
        "https://a.example/.well-known/oauth-authorization-server/t1",
        "https://a.example/.well-known/openid-configuration/t1",
        "https://a.example/t1/.well-known/openid-configuration",
    ]
    assert len(issuer_places("https://a.example")) == 2


@pytest.mark.parametrize(
    ("resource", "right"),
    [
        (URL, True),
        ("https://crm.example.com/v1", True),
        ("https://crm.example.com", True),
        ("https://crm.example.com:443/v1/mcp", True),
        ("https://crm.example.com/v1/mc", False),
        ("https://crm.example.com/v1/mcp/more", False),
        ("https://evil.example/v1/mcp", False),
        ("http://crm.example.com/v1/mcp", False),
        ("https://crm.example.com/v1/mcp?x", False),
        ("https://crm.example.com:x/", False),
        ("", False),
    ],
)
def test_a_server_is_what_it_calls_itself_or_something_above(resource, right):
    assert covers(resource, URL) is right


def test_metadata_is_taken_from_the_first_place_that_has_it():
    root = "https://crm.example.com/.well-known/oauth-protected-resource"
    document = {"resource": URL, "authorization_servers": ["https://a"], "scopes_supported": None, "other": 1}
    found = asyncio.run(resource_of(serving({root: document}), URL, ""))
    assert (found.resource, found.authorization_servers, found.scopes_supported) == (URL, ("https://a",), ())
    assert asyncio.run(resource_of(serving({}), URL, "")) is None


def test_metadata_about_another_resource_is_refused():
    place = "https://crm.example.com/.well-known/oauth-protected-resource/v1/mcp"
    with pytest.raises(UpstreamUnavailable, match="about another resource"):
        asyncio.run(resource_of(serving({place: {"resource": "https://evil.example/mcp"}}), URL, ""))


@pytest.mark.parametrize("named", ["https://a.example/", "https://A.example", "https://b.example", "http://a.example"])
def test_an_issuer_that_calls_itself_otherwise_is_refused(named):
    place = "https://a.example/.well-known/oauth-authorization-server"
    with pytest.raises(UpstreamUnavailable, match="names another issuer"):
        asyncio.run(issuer_at(serving({place: {"issuer": named}}), "https://a.example"))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        {"issuer": 5},
        {},
        {"issuer": "https://a.example", "scopes_supported": "x"},
        {"issuer": "https://a.example", "scopes_supported": ["x"] * 2000},
    ],
)
def test_what_is_no_metadata_is_refused(document):
    place = "https://a.example/.well-known/oauth-authorization-server"
    with pytest.raises(UpstreamUnavailable):
        asyncio.run(issuer_at(serving({place: Reply(200, document)}), "https://a.example"))


def test_a_broken_place_is_not_passed_over():
    place = "https://a.example/.well-known/oauth-authorization-server"
    with pytest.raises(UpstreamUnavailable, match="answered 503"):
        asyncio.run(issuer_at(serving({place: Reply(503)}), "https://a.example"))
    assert asyncio.run(issuer_at(serving({}), "https://a.example")) is None


_MEMBERS = st.sampled_from(["issuer", "token_endpoint", "scopes_supported", "code_challenge_methods_supported", "x"])
_VALUES = st.none() | st.text(max_size=20) | st.integers() | st.lists(st.text(max_size=5), max_size=3)


@given(st.binary(max_size=100) | st.dictionaries(_MEMBERS, _VALUES, max_size=5))
def test_any_document_is_metadata_of_this_issuer_or_refused(document):
    place = "https://a.example/.well-known/oauth-authorization-server"
    try:
        found = asyncio.run(issuer_at(serving({place: Reply(200, document)}), "https://a.example"))
    except UpstreamUnavailable:
        return
    assert found is not None
    assert found.issuer == "https://a.example"


@given(st.text(max_size=60))
def test_no_text_stops_the_comparison_of_resources(text):
    assert covers(text, URL) in {True, False}
