from __future__ import annotations

import pytest

from yett.identity.issuer import ClaimPaths

TENANT = "7c1b0a52-0000-4000-8000-5d0f6c1d2e3f"
REST = """
url: https://mcp.acme.example
servers: { demo: http://127.0.0.1:3001/mcp }
roles: { everyone: { allow: [demo.echo] } }
"""


def entry(config, name, text):
    auth = config(f"auth: {{ {name}: {text} }}{REST}").auth
    [(source, issuer)] = auth.trusted
    assert source == name
    return issuer


def test_keycloak_is_named_without_a_slash_and_its_realms_roles_count(config):
    for slash in ("", "/"):
        found = entry(config, "keycloak", f"https://sso.acme.example/realms/a{slash}")
        assert found.names == ("https://sso.acme.example/realms/a",)
    assert found.paths.roles == (("realm_access", "roles"),)
    assert (found.keys_url, found.required, found.id_tokens) == ("", (), False)


def test_of_all_clients_of_keycloak_the_named_ones_roles_count(config):
    url = "url: https://sso.acme.example/realms/a"
    assert entry(config, "keycloak", f"{{ {url}, client: my.app }}").paths.roles == (
        ("realm_access", "roles"),
        ("resource_access", "my.app", "roles"),
    )
    own = entry(config, "keycloak", f"{{ {url}, client: a, claims: {{ roles: r }} }}")
    assert own.paths.roles == (("r",),)


def test_entra_is_one_tenant_in_two_versions(config):
    found = entry(config, "entra", TENANT.upper())
    assert found.names == (
        f"https://login.microsoftonline.com/{TENANT}/v2.0",
        f"https://sts.windows.net/{TENANT}/",
    )
    assert found.keys_url == f"https://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys"
    assert found.required == (("tid", TENANT),)
    assert found.paths == ClaimPaths(
        user=("oid",),
        roles=(("roles",),),
        groups=(("groups",),),
        scopes=(("scp",),),
        client=(("azp",), ("appid",)),
    )


def test_auth0_is_named_with_a_slash(config):
    for slash in ("", "/"):
        assert entry(config, "auth0", f"https://a.eu.auth0.com{slash}").names == ("https://a.eu.auth0.com/",)
    assert entry(config, "auth0", "https://a.eu.auth0.com").paths.roles == (("permissions",),)


def test_okta_is_a_custom_authorization_server(config):
    found = entry(config, "okta", "https://acme.okta.com/oauth2/default")
    assert (found.names, found.paths.client) == (("https://acme.okta.com/oauth2/default",), (("cid",),))


def test_dex_and_google_have_id_tokens_for_one_client(config):
    dex = entry(config, "dex", "{ url: https://dex.acme.example, audience: mcp }")
    assert (dex.id_tokens, dex.audience, dex.paths.scopes) == (True, ("mcp",), ())
    google = entry(config, "google", "{ audience: [a, b], hosted_domain: acme.example }")
    assert google.names == ("https://accounts.google.com",)
    assert (google.required, google.keys_url) == (
        (("hd", "acme.example"),),
        "https://www.googleapis.com/oauth2/v3/certs",
    )
    anybody = entry(config, "google", "{ audience: a, unsafe_allow_any_account: true }")
    assert anybody.required == ()


@pytest.mark.parametrize("name", ["issuer", "issuers"])
def test_any_other_issuer_is_taken_by_its_word(config, name):
    url = "https://login.acme.example/x/"
    text = url if name == "issuer" else f"{{ partner: {url} }}"
    [(_, found)] = config(f"auth: {{ {name}: {text} }}{REST}").auth.trusted
    assert found.names == (url,)
    assert found.paths.scopes == (("scope",), ("scp",))
