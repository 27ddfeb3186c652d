from __future__ import annotations

import asyncio
from typing import Any

import pytest
from counterfeit.http import Question, Reply, asker

from yett.errors import UpstreamUnavailable
from yett.upstream.oauth.challenge import Challenge
from yett.upstream.oauth.discovery import discover

URL = "https://crm.example.com/mcp"
RESOURCE = "https://crm.example.com/.well-known/oauth-protected-resource/mcp"
AS = "https://login.example.com"
META = f"{AS}/.well-known/oauth-authorization-server"


def issuer(**changes: Any) -> dict[str, Any]:
    whole = {
        "issuer": AS,
        "authorization_endpoint": f"{AS}/a",
        "token_endpoint": f"{AS}/t",
        "code_challenge_methods_supported": ["S256"],
    } | changes
    return {key: value for key, value in whole.items() if value is not None}


def found(documents: dict[str, Any], said: Challenge | None = None, **more: str) -> Any:
    def answer(question: Question) -> Reply:
        document = documents.get(f"https://{question.headers['host']}{question.target}")
        return Reply(404) if document is None else Reply(200, document)

    return asyncio.run(discover(asker(answer), URL, said or Challenge(), **more))


def test_a_server_names_its_issuer_and_its_scopes():
    documents = {RESOURCE: {"resource": URL, "authorization_servers": [AS], "scopes_supported": ["a"]}, META: issuer()}
    here = found(documents)
    assert (here.issuer.issuer, here.resource, here.scopes) == (AS, URL, frozenset({"a"}))
    assert found(documents, Challenge(scopes=frozenset({"b"}))).scopes == frozenset({"b"})


def test_offline_access_is_asked_for_where_it_is_offered():
    documents = {
        RESOURCE: {"resource": URL, "authorization_servers": [AS]},
        META: issuer(scopes_supported=["offline_access"]),
    }
    assert found(documents).scopes == frozenset({"offline_access"})


def test_the_issuer_of_the_config_is_the_only_one_that_will_do():
    documents = {RESOURCE: {"resource": URL, "authorization_servers": ["https://evil.example", AS]}, META: issuer()}
    assert found(documents, issuer=AS).issuer.issuer == AS
    documents[RESOURCE]["authorization_servers"] = ["https://evil.example"]
    with pytest.raises(UpstreamUnavailable, match="does not accept tokens of"):
        found(documents, issuer=AS)


def test_a_server_without_metadata_is_its_own_issuer():
    origin = "https://crm.example.com"
    here = found({f"{origin}/.well-known/oauth-authorization-server": issuer(issuer=origin)})
    assert (here.issuer.issuer, here.resource) == (origin, URL)
    with pytest.raises(UpstreamUnavailable, match="has no metadata"):
        found({})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code_challenge_methods_supported": None}, "PKCE"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
        ({"authorization_endpoint": None}, "an endpoint is missing"),
        ({"token_endpoint": None}, "an endpoint is missing"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "its page is not an https one"),
        ({"authorization_endpoint": "http://login.example.com/a"}, "its page is not an https one"),
        ({"authorization_endpoint": "/a"}, "its page is not an https one"),
    ],
)
def test_an_issuer_that_cannot_do_it_safely_is_refused(changes, message):
    documents = {RESOURCE: {"resource": URL, "authorization_servers": [AS]}, META: issuer(**changes)}
    with pytest.raises(UpstreamUnavailable, match=message):
        found(documents)
