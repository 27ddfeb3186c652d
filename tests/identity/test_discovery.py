from __future__ import annotations

import asyncio
import json

import pytest

from yett.errors import AskError
from yett.identity.discovery import jwks_url, metadata, metadata_urls


def test_metadata_is_looked_for_where_the_standards_put_it():
    assert metadata_urls("https://sso.test/realms/acme") == (
        "https://sso.test/realms/acme/.well-known/openid-configuration",
        "https://sso.test/.well-known/oauth-authorization-server/realms/acme",
        "https://sso.test/.well-known/openid-configuration/realms/acme",
    )
    assert metadata_urls("https://sso.test/") == (
        "https://sso.test/.well-known/openid-configuration",
        "https://sso.test/.well-known/oauth-authorization-server",
    )


def found(kit, pages, issuer="https://sso.test"):
    network = kit.Network()
    network.pages = pages
    return asyncio.run(metadata(network, issuer)), network.asked


FIRST, SECOND = metadata_urls("https://sso.test")


def test_the_first_metadata_that_is_there_counts(kit):
    page = json.dumps({"issuer": "https://sso.test", "jwks_uri": "https://sso.test/k"}).encode()
    document, asked = found(kit, {SECOND: page})
    assert (document["jwks_uri"], asked) == ("https://sso.test/k", [FIRST, SECOND])


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        ({}, "`https://sso.test` has no metadata"),
        ({FIRST: 500}, "(500)"),
        ({FIRST: 302}, "(302)"),
        ({FIRST: b"<html>"}, "is no JSON that is read alike everywhere"),
        ({FIRST: b"[]"}, "is no JSON object"),
        ({FIRST: b'{"issuer": "https://sso.test/"}'}, "is about `https://sso.test/`, not about `https://sso.test`"),
        ({FIRST: b'{"issuer": "https://evil.test"}'}, "write the issuer exactly as it names itself"),
        ({FIRST: b'{"issuer": "https://sso.test", "issuer": "https://sso.test"}'}, "json.key-twice"),
        ({FIRST: b"{}"}, "is about nothing that is text"),
        ({FIRST: AskError("gone")}, "gone"),
    ],
)
def test_metadata_that_is_not_the_issuers_own_is_an_error(kit, pages, told):
    with pytest.raises(AskError) as caught:
        found(kit, pages)
    assert told in str(caught.value)


def test_a_server_that_is_broken_is_not_asked_elsewhere(kit):
    network = kit.Network()
    network.pages = {FIRST: 500}
    with pytest.raises(AskError):
        asyncio.run(metadata(network, "https://sso.test"))
    assert network.asked == [FIRST]


@pytest.mark.parametrize(
    "url",
    [
        *("https://evil.test/k", "http://sso.test/k", "https://sso.test:444/k", "https://sso.test@evil.test/k", ""),
        *("//sso.test/k", "https://[sso.test/k", "http://169.254.169.254/", 1, None),
    ],
)
def test_keys_elsewhere_are_not_believed(url):
    with pytest.raises(AskError, match="jwks"):
        jwks_url({"jwks_uri": url}, "https://sso.test/realms/acme")


def test_keys_at_the_issuers_own_host_are():
    assert jwks_url({"jwks_uri": "https://sso.test/k"}, "https://sso.test/realms/acme") == "https://sso.test/k"
