from __future__ import annotations

import pytest

from yett.config.meaning_of_auth import path_of

HEAD = "servers: { demo: http://127.0.0.1:3001/mcp }\n"
ALL = "roles: { everyone: { allow: [demo.echo] } }\n"


def test_an_issuer_stands_where_it_was_written(config):
    text = f"{HEAD}{ALL}auth: {{ issuer: https://a.example, issuers: {{ b: https://b.example }} }}\n"
    found = config(text)
    assert path_of(found, "issuer") == ("auth", "issuer")
    assert path_of(found, "b") == ("auth", "issuers", "b")


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ("user:alice", ["user:alice", "tokens", "keycloak"]),
        ("group:/eng", ["group:/eng", "tokens", "keycloak"]),
        ("scope:x", ["scope:x", "tokens", "keycloak"]),
        ("role:lead", []),
        ("client:claude", []),
        ("keycloak:user:alice", []),
        ("okta:user:alice", ["okta"]),
    ],
)
def test_a_member_says_whose_it_is_where_several_could_be_meant(config, errors, members, told):
    text = (
        f"{HEAD}auth: {{ tokens: t.yaml, keycloak: https://a.example/realms/x }}\n"
        f"roles: {{ reader: {{ members: ['{members}'], allow: [demo.echo] }} }}\n"
    )
    if not told:
        assert config(text)
        return
    [error] = errors(text)
    assert all(f"`{word}`" in error or word in error for word in told)


def test_plain_http_is_for_an_issuer_on_this_machine_alone(config, errors):
    def auth(url, more=""):
        return f"{HEAD}{ALL}auth: {{ issuer: {{ url: {url}{more} }} }}\n"

    assert config(auth("http://127.0.0.1:9", ", unsafe_allow_loopback: true"))
    assert len(errors(auth("http://127.0.0.1:9"))) == 1
    assert len(errors(auth("http://10.0.0.1:9", ", unsafe_allow_loopback: true"))) == 1
    assert len(errors(auth("https://a.example", ", jwks: http://a.example/keys"))) == 1
