from __future__ import annotations

import base64
from typing import Any

import pytest
from joserfc import jwk, jwt

from yett.errors import UpstreamUnavailable
from yett.secrets.secret import Secret
from yett.upstream.oauth.client import Client

BASIC, POST = "client_secret_basic", "client_secret_post"


def prove(client: Client, *supported: str) -> Any:
    return client.prove("https://a", supported, now=1000.0, random=lambda: "jti-1")


def test_a_secret_goes_into_the_header_encoded_first():
    (header,), form = prove(Client(id="a b", secret=Secret("p:/%")), BASIC, POST)
    assert form == {}
    assert base64.b64decode(header[1].removeprefix("Basic ")) == b"a%20b:p%3A%2F%25"


def test_or_into_the_form_where_only_that_is_understood():
    assert prove(Client(id="a", secret=Secret("p")), POST) == ((), {"client_id": "a", "client_secret": "p"})
    assert prove(Client(id="a", secret=Secret("p"), method=POST), BASIC, POST)[1]["client_secret"] == "p"
    assert prove(Client(id="a", secret=Secret("p")))[0] != ()


def test_a_public_client_says_who_it_is():
    assert prove(Client(id="a"), "none") == ((), {"client_id": "a"})


def test_a_method_that_is_not_known_is_refused():
    with pytest.raises(UpstreamUnavailable, match="wants clients to prove themselves by `tls_client_auth`"):
        prove(Client(id="a", secret=Secret("p"), method="tls_client_auth"))


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (jwk.ECKey.generate_key("P-256"), "ES256"),
        (jwk.ECKey.generate_key("P-384"), "ES384"),
        (jwk.RSAKey.generate_key(2048), "RS256"),
    ],
)
@pytest.mark.parametrize("form", ["pem", "jwk"])
def test_a_key_signs_an_assertion_for_this_issuer_alone(key, algorithm, form):
    import json

    text = key.as_pem(private=True).decode() if form == "pem" else json.dumps(key.as_dict(private=True))
    headers, given = prove(Client(id="yett", key=Secret(text), key_id="k1"))
    assert headers == ()
    token = jwt.decode(given["client_assertion"], key, algorithms=[algorithm])
    assert token.header == {"alg": algorithm, "typ": "JWT", "kid": "k1"}
    assert token.claims == {"iss": "yett", "sub": "yett", "aud": "https://a", "jti": "jti-1", "iat": 1000, "exp": 1060}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        "{}",
        '{"kty": "oct", "k": "aHVudGVyMg"}',
        "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
    ],
)
def test_what_is_no_private_key_is_refused_without_showing_it(text):
    with pytest.raises(UpstreamUnavailable) as caught:
        prove(Client(id="a", key=Secret(text)))
    assert str(caught.value) == "the private key of the gateway's OAuth client cannot be used"


def test_a_secret_that_is_not_to_be_had_is_a_failure():
    with pytest.raises(UpstreamUnavailable, match="was not read"):
        prove(Client(id="a", secret=Secret(None)))
