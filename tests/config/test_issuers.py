from __future__ import annotations

import pytest

from yett.config.issuers import issuer_url, path_of
from yett.config.wording import Unreadable
from yett.detect.addresses import network

REST = """
url: https://mcp.acme.example
servers: { demo: http://127.0.0.1:3001/mcp }
roles: { everyone: { allow: [demo.echo] } }
"""


def test_a_claim_is_found_by_steps_and_a_url_is_one_step():
    assert path_of("realm_access.roles") == ("realm_access", "roles")
    assert path_of("https://acme.io/roles") == ("https://acme.io/roles",)


def test_what_may_be_one_or_more_may_be_written_as_one(config):
    text = "{ url: https://a.example, audience: api, claims: { roles: a.b, groups: [c, d], scopes: [] } }"
    issuer = config(f"auth: {{ issuer: {text} }}{REST}").auth.issuer
    assert issuer.audience == ("api",)
    assert (issuer.paths.roles, issuer.paths.groups, issuer.paths.scopes) == ((("a", "b"),), (("c",), ("d",)), ())
    assert issuer.paths.user == ("sub",)


def test_networks_are_read(config):
    text = "{ url: https://a.example, allow_addresses: [10.0.0.0/8, 192.0.2.7, fd00::/8] }"
    issuer = config(f"auth: {{ issuer: {text} }}{REST}").auth.issuer
    assert issuer.allow_addresses == (network("10.0.0.0/8"), network("192.0.2.7"), network("fd00::/8"))


@pytest.mark.parametrize("text", ["sso", "https://a.example/?x", "https://a.example/#x", "ftp://a.example"])
def test_what_no_issuer_can_be_called_is_refused(text):
    with pytest.raises(Unreadable):
        issuer_url(text)
