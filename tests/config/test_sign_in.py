from __future__ import annotations

REST = """
url: https://mcp.acme.example
servers: { demo: http://127.0.0.1:3001/mcp }
roles: { everyone: { allow: [demo.echo] } }
"""


def test_every_way_to_sign_in_has_its_name(config):
    issuers = "issuer: https://a.example, okta: https://a.okta.com/oauth2/x, issuers: { b: https://b.example }"
    text = f"{{ tokens: t.yaml, {issuers} }}"
    auth = config(f"auth: {text}{REST}").auth
    assert auth.sources == ("tokens", "okta", "issuer", "b")
    assert [name for name, _ in auth.trusted] == ["okta", "issuer", "b"]
    assert config(f"auth: {{ unsafe_allow_anonymous: true }}{REST}").auth.sources == ()
