"""Tokens of the form that each identity provider's documentation shows: what its preset makes of them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from yett.config.identity import issuer_of
from yett.config.load import parse
from yett.core.exchange import Principal
from yett.core.verdict import Deny
from yett.identity.credentials import Credentials
from yett.identity.jwt_bearer import JwtBearer, Trusted
from yett.identity.key_source import KeySource
from yett.identity.pending import Pending
from yett.identity.verified import VerifiedTokens

TENANT = "7c1b0a52-0000-4000-8000-5d0f6c1d2e3f"
APP = "11111111-2222-4333-8444-555555555555"
BASE = "https://mcp.test"
REST = f"""
url: {BASE}
servers: {{ demo: http://127.0.0.1:3001/mcp }}
roles: {{ everyone: {{ allow: [demo.echo] }} }}
"""
NONE: frozenset[str] = frozenset()


def judged(kit: Any, auth: str, **claims: Any) -> Principal | Deny:
    """What a config makes of a token with these claims, signed by the issuer's own key."""
    config = parse(f"auth: {{ {auth} }}{REST}".encode(), Path("yett.yaml"), environment={})
    [(name, entry)] = config.auth.trusted
    issuer = issuer_of(name, entry, config, 8080)
    keys = "https://keys.test/keys"

    async def main() -> Principal | Deny:
        network = kit.Network()
        network.pages[keys] = kit.jwks(kit.RSA)
        source = KeySource(network, issuer.name, source=name, url=keys, clock=kit.Clock())
        bearer = JwtBearer([Trusted(issuer=issuer, keys=source)], VerifiedTokens())
        now = int(kit.NOW)
        body = json.dumps({"iat": now, "exp": now + 300, "sub": "s-1"} | claims)
        token = kit.sign(body, key=kit.RSA, alg="RS256", header={"typ": "JWT"})
        found = bearer.identify(token, Credentials(server="demo"), kit.NOW)
        while isinstance(found, Pending):
            await found.wait()
            found = bearer.identify(token, Credentials(server="demo"), kit.NOW)
        await bearer.close()
        return found

    return asyncio.run(main())


def test_keycloak(kit):
    claims = {
        "iss": "https://sso.test/realms/a",
        "aud": [BASE, "account"],
        "typ": "Bearer",
        "azp": "claude",
        "sid": "session-1",
        "jti": "onrtac:1",
        "scope": "openid profile mcp:use",
        "realm_access": {"roles": ["offline_access", "lead"]},
        "resource_access": {"mcp": {"roles": ["writer"]}, "account": {"roles": ["manage-account"]}},
        "groups": ["/engineering"],
    }
    auth = "keycloak: { url: https://sso.test/realms/a, client: mcp }"
    found = judged(kit, auth, **claims)
    assert found == Principal(
        issuer="https://sso.test/realms/a",
        subject="s-1",
        claimed_roles=frozenset({"offline_access", "lead", "writer"}),
        groups=frozenset({"/engineering"}),
        scopes=frozenset({"openid", "profile", "mcp:use"}),
        client="claude",
        credential="onrtac:1",
        session="session-1",
        source="keycloak",
    )
    without = {name: value for name, value in claims.items() if name != "aud"}
    assert judged(kit, auth, **without).detail == "no `aud`"
    for kind in ("ID", "Refresh", "Offline"):
        assert judged(kit, auth, **claims | {"typ": kind}).reason.code == "jwt.not-access"


@pytest.mark.parametrize("version", [1, 2])
def test_entra(kit, version):
    names = {1: f"https://sts.windows.net/{TENANT}/", 2: f"https://login.microsoftonline.com/{TENANT}/v2.0"}
    claims = {
        "iss": names[version],
        "aud": APP if version == 2 else f"api://{APP}",
        "tid": TENANT,
        "oid": "person-1",
        "roles": ["Weather.Read"],
        "groups": ["g-1"],
        "scp": "access_as_user",
        ("azp" if version == 2 else "appid"): "claude",
        "ver": f"{version}.0",
    }
    auth = f"entra: {{ tenant: {TENANT}, audience: [{APP}, 'api://{APP}'] }}"
    found = judged(kit, auth, **claims)
    assert (found.issuer, found.subject, found.client) == (names[2], "person-1", "claude")
    assert (found.claimed_roles, found.groups, found.scopes) == ({"Weather.Read"}, {"g-1"}, {"access_as_user"})
    assert judged(kit, auth, **claims | {"tid": "another"}).reason.code == "jwt.claim"
    many = {name: value for name, value in claims.items() if name != "groups"} | {"_claim_names": {"groups": "src1"}}
    assert "too many groups" in judged(kit, auth, **many).detail
    without = auth.replace(" }", ", claims: { groups: [] } }")
    assert judged(kit, without, **many).groups == NONE


def test_auth0(kit):
    claims = {
        "iss": "https://acme.eu.auth0.com/",
        "aud": ["https://mcp.test/api", "https://acme.eu.auth0.com/userinfo"],
        "sub": "auth0|1",
        "azp": "claude",
        "scope": "openid read:calls",
        "permissions": ["read:calls"],
        "https://acme.io/roles": ["lead"],
    }
    auth = "auth0: { url: https://acme.eu.auth0.com, audience: https://mcp.test/api }"
    assert judged(kit, auth, **claims).claimed_roles == {"read:calls"}
    named = auth.replace(" }", ", claims: { roles: https://acme.io/roles } }")
    found = judged(kit, named, **claims)
    assert (found.subject, found.claimed_roles, found.scopes) == ("auth0|1", {"lead"}, {"openid", "read:calls"})


def test_okta(kit):
    claims = {
        "iss": "https://acme.okta.com/oauth2/default",
        "aud": "api://default",
        "sub": "alice@acme.io",
        "cid": "claude",
        "uid": "00u1",
        "scp": ["mcp.use", "openid"],
        "groups": ["Engineering"],
    }
    auth = "okta: { url: https://acme.okta.com/oauth2/default, audience: api://default }"
    found = judged(kit, auth, **claims)
    assert (found.subject, found.client, found.groups) == ("alice@acme.io", "claude", {"Engineering"})
    assert found.scopes == {"mcp.use", "openid"}


def test_dex(kit):
    claims = {"iss": "https://dex.test", "aud": "mcp", "sub": "CgE", "groups": ["eng"], "nonce": "n", "at_hash": "h"}
    auth = "dex: { url: https://dex.test, audience: mcp }"
    assert judged(kit, auth, **claims).groups == {"eng"}
    assert judged(kit, auth, **claims | {"aud": "another-client"}).reason.code == "jwt.audience"


def test_google(kit):
    claims = {"iss": "https://accounts.google.com", "aud": "1.apps", "hd": "acme.io", "azp": "1.apps", "nonce": "n"}
    auth = "google: { audience: 1.apps, hosted_domain: acme.io }"
    assert judged(kit, auth, **claims).client == "1.apps"
    for domain in (None, "evil.io", ["acme.io"]):
        assert judged(kit, auth, **claims | {"hd": domain}).detail == "`hd` is not 'acme.io'"
