from __future__ import annotations

import asyncio
from typing import Any

import pytest
from counterfeit.http import Question, Reply, asker

from yett.errors import UpstreamUnavailable
from yett.secrets.secret import Secret
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.metadata import Issuer
from yett.upstream.oauth.registration import client_at

BACK = "https://gw.example.com/connect"
ENDPOINT = "https://login.example.com/register"


def register(reply: Reply, *, own: Client | None = None, page: str = "", **metadata: Any) -> tuple[Client, list[Any]]:
    asked = []

    def answer(question: Question) -> Reply:
        asked.append(question.json())
        return reply

    issuer = Issuer(issuer="https://login.example.com", **{"registration_endpoint": ENDPOINT} | metadata)
    return asyncio.run(client_at(asker(answer), issuer, redirect=BACK, own=own, page=page)), asked


CREATED = Reply(201, {"client_id": "c1", "client_secret": "s1"})


def test_a_registration_that_is_there_is_used():
    own = Client(id="yett", secret=Secret("s"))
    assert register(CREATED, own=own, client_id_metadata_document_supported=True, page="https://x") == (own, [])


def test_a_document_of_its_own_is_used_where_issuers_read_it():
    page = "https://gw.example.com/connect/.client.json"
    assert register(CREATED, page=page, client_id_metadata_document_supported=True) == (Client(id=page), [])
    assert register(CREATED, page=page)[0].id == "c1"
    assert register(CREATED, client_id_metadata_document_supported=True)[0].id == "c1"


@pytest.mark.parametrize(
    ("supported", "method"),
    [
        (("client_secret_post", "none"), "client_secret_post"),
        (("none",), "none"),
        (("private_key_jwt",), "client_secret_basic"),
        (("client_secret_post", "client_secret_basic"), "client_secret_basic"),
    ],
)
def test_it_registers_with_a_method_that_the_issuer_knows(supported, method):
    client, asked = register(CREATED, token_endpoint_auth_methods_supported=supported)
    assert asked == [
        {
            "client_name": "Yett",
            "redirect_uris": [BACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": method,
            "application_type": "web",
        }
    ]
    assert (client.id, client.method, client.secret is None) == ("c1", method, method == "none")


def test_what_the_issuer_says_it_registered_counts():
    reply = Reply(200, {"client_id": "c1", "client_secret": "s1", "token_endpoint_auth_method": "client_secret_post"})
    assert register(reply)[0].method == "client_secret_post"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(400, {"error": "x"}),
        Reply(201, b"no"),
        Reply(201, {}),
        Reply(201, {"client_id": "a\nb", "client_secret": "s"}),
        Reply(201, {"client_id": "c1"}),
        Reply(201, {"client_id": "c1", "client_secret": "s", "token_endpoint_auth_method": "tls_client_auth"}),
    ],
)
def test_a_registration_that_cannot_be_used_is_refused(reply):
    with pytest.raises(UpstreamUnavailable):
        register(reply)


def test_where_nobody_can_register_the_config_has_to_say_who_we_are():
    with pytest.raises(UpstreamUnavailable, match="give `client_id`"):
        register(CREATED, registration_endpoint="")
