from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import trustme

from yett.config.identity import identity_for, identity_of, issuer_of
from yett.config.load import parse
from yett.core.exchange import ANONYMOUS
from yett.errors import ConfigError
from yett.identity.credentials import Credentials
from yett.identity.issuer import HEADER_TYPES

REST = """
url: https://mcp.acme.example
servers: { demo: http://127.0.0.1:3001/mcp, other: http://127.0.0.1:3002/mcp }
roles: { everyone: { allow: [demo.echo] } }
"""


def read(auth: str, folder: Path = Path()):
    return parse(f"auth: {auth}{REST}".encode(), folder / "yett.yaml", environment={})


def nothing(_sentence: str) -> None:
    pass


def test_tokens_are_meant_for_the_public_url_its_endpoints_and_what_the_config_adds():
    config = read("{ issuer: { url: https://a.example, audience: api, require_access_type: true, max_lifetime: 1h } }")
    issuer = issuer_of("issuer", config.auth.issuer, config, 8080)
    base = "https://mcp.acme.example"
    assert issuer.audiences == {base, f"{base}/", "api"}
    assert issuer.resources == {"demo": {f"{base}/demo/mcp"}, "other": {f"{base}/other/mcp"}}
    assert (issuer.types, issuer.max_lifetime, issuer.source) == ({"at+jwt"}, 3600.0, "issuer")
    usual = read("{ issuer: https://a.example }")
    assert issuer_of("issuer", usual.auth.issuer, usual, 8080).types == HEADER_TYPES


def test_who_is_anybody_is_what_the_config_says(tmp_path):
    open_to_all = identity_of(read("{ unsafe_allow_anonymous: true }"), 8080, nothing)
    assert open_to_all.identify(Credentials(), 0.0) is ANONYMOUS
    tokens = identity_of(read("{ tokens: t.yaml }", tmp_path), 8080, nothing)
    assert tokens.identify(Credentials(), 0.0).reason.code == "token.missing"
    assert "there is no token file" in tokens.problem()


def test_what_was_verified_goes_on_where_nothing_about_it_changed():
    async def main():
        first = read("{ issuer: https://a.example }")
        before = identity_of(first, 8080, nothing)

        class Runtime:
            identity = before

        def after(auth: str, rest: str = REST, port: int = 8080):
            config = parse(f"auth: {auth}{rest}".encode(), Path("yett.yaml"), environment={})
            return identity_for(config, port, nothing, (first, Runtime))

        assert after("{ issuer: https://a.example }") is before
        assert after("{ issuer: https://a.example }", REST + "limits: { user: 7/min }\n") is before
        assert after("{ issuer: https://b.example }") is not before
        assert after("{ issuer: https://a.example }", REST.replace("other:", "another:")) is not before
        assert after("{ issuer: https://a.example }", REST.replace("acme.example", "else.example")) is not before

    asyncio.run(main())


def test_a_renewed_ca_of_an_issuer_is_taken_at_a_reload_although_auth_is_the_same(tmp_path):
    async def main():
        one, two = trustme.CA(), trustme.CA()
        one.cert_pem.write_to_path(tmp_path / "ca.pem")
        auth = "{ issuer: { url: https://a.example, ca: ca.pem } }"
        first = read(auth, tmp_path)
        before = identity_of(first, 8080, nothing)

        class Runtime:
            identity = before

        assert identity_for(read(auth, tmp_path), 8080, nothing, (first, Runtime)) is before
        two.cert_pem.write_to_path(tmp_path / "ca.pem")
        second = read(auth, tmp_path)
        assert second == first
        assert identity_for(second, 8080, nothing, (first, Runtime)) is not before
        (tmp_path / "ca.pem").write_text("half a file")
        with pytest.raises(ConfigError, match=r"ca\.pem"):
            identity_for(read(auth, tmp_path), 8080, nothing, (second, Runtime))

    asyncio.run(main())


def test_a_ca_that_is_none_is_an_error_at_the_start(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    config = read("{ issuer: { url: https://a.example, ca: ca.pem } }", tmp_path)
    with pytest.raises(ConfigError, match=r"ca\.pem"):
        identity_of(config, 8080, nothing)
