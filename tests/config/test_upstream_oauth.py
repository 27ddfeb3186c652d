from __future__ import annotations

import pytest

SERVER = """\
auth: {{ tokens: t }}
servers:
  crm: {{ url: "https://crm.example.com/mcp", {} }}
roles: {{ a: {{ allow: [crm.x] }} }}
"""
OAUTH = "oauth: {{ grant: {}, issuer: https://login.example.com, {} }}"


def test_the_section_is_read(config):
    text = OAUTH.format("client-credentials", 'client_id: yett, client_secret: "${S}", scopes: [a, b]')
    oauth = config(SERVER.format(text), S="hunter2").servers["crm"].oauth
    assert (str(oauth.issuer), oauth.client_id, oauth.scopes) == ("https://login.example.com", "yett", ("a", "b"))
    assert oauth.client_secret.reveal() == "hunter2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OAUTH.format("client-credentials", ""), "`client-credentials` needs a `client_id`"),
        (OAUTH.format("token-exchange", "client_id: yett"), "`token-exchange` needs a secret or a key"),
        (
            OAUTH.format("client-credentials", 'client_id: y, client_secret: "${S}", private_key: "${S}"'),
            "`client_secret` and `private_key` exclude each other",
        ),
        (OAUTH.format("client-credentials", 'client_secret: "${S}"'), "a secret without a `client_id`"),
        (OAUTH.format("id-jag", 'client_id: y, client_secret: "${S}"'), "`identity` belongs to `id-jag`"),
        (
            OAUTH.replace("issuer: https://login.example.com, ", "").format("client-credentials", "client_id: y"),
            "`client-credentials` needs an `issuer`",
        ),
        (
            OAUTH.replace("issuer: https://login.example.com, ", "").format("authorization-code", "client_id: y"),
            "a `client_id` without an `issuer`",
        ),
        (OAUTH.format("authorization-code", "callers_of: [https://a]"), "`identity` and `callers_of` mean nothing"),
        (OAUTH.format("client-credential", 'client_id: y, client_secret: "${S}"'), "unknown word `client-credential`"),
        (
            OAUTH.format("client-credentials", "client_id: y, client_secret: hunter2hunter2"),
            "holds a secret in clear text",
        ),
        (OAUTH.format("client-credentials", 'client_id: y, secret: "${S}"'), "unknown key `secret`"),
        (
            OAUTH.format("client-credentials", 'client_id: y, client_secret: "${S}"').replace("https", "http"),
            "tokens would cross the network in clear text to `http://login.example.com`",
        ),
        (
            'headers: { Authorization: "Bearer ${S}" }, '
            + OAUTH.format("client-credentials", 'client_id: y, client_secret: "${S}"'),
            "both `oauth` and the header `Authorization`",
        ),
    ],
)
def test_a_wrong_section_is_refused(errors, text, message):
    assert message in " ".join(errors(SERVER.format(text), S="hunter2"))


def test_tokens_do_not_cross_the_network_in_clear_text(errors):
    text = SERVER.format(OAUTH.format("client-credentials", 'client_id: y, client_secret: "${S}"'))
    found = errors(text.replace("https://crm", "http://crm"), S="x")
    assert "tokens would cross the network in clear text to `http://crm.example.com/mcp`" in " ".join(found)
