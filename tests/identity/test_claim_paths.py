from __future__ import annotations

import pytest

from yett.core.exchange import Principal
from yett.identity.claim_paths import at, principal_of, shown
from yett.identity.issuer import ClaimPaths


def read(kit, paths=None, **claims):
    issuer = kit.issuer() if paths is None else kit.issuer(claims=paths)
    return principal_of(kit.claims(**claims), issuer, "sha256:1")


def test_claims_are_read_where_the_issuer_puts_them(kit):
    paths = ClaimPaths(
        user=("oid",),
        roles=(("realm_access", "roles"), ("resource_access", "mcp.app", "roles"), ("https://acme.io/roles",)),
        groups=(("groups",),),
        scopes=(("scp",),),
        client=(("appid",), ("azp",)),
    )
    found = read(
        kit,
        paths,
        oid="0-1",
        realm_access={"roles": ["a"]},
        resource_access={"mcp.app": {"roles": ["b"]}, "other": {"roles": ["no"]}},
        scp="one two",
        sid="s-1",
        **{"https://acme.io/roles": "c"},
    )
    assert found == Principal(
        issuer=kit.ISS,
        subject="0-1",
        claimed_roles=frozenset({"a", "b", "c"}),
        groups=frozenset({"/eng"}),
        scopes=frozenset({"one", "two"}),
        client="claude",
        credential="t-1",
        session="s-1",
        source="keycloak",
    )


def test_what_is_not_there_gives_nothing(kit):
    found = read(kit, scope=None, groups=None, roles=None, azp=None, jti=None)
    assert (found.scopes, found.groups, found.claimed_roles, found.client) == (*[frozenset()] * 3, "")
    assert found.credential == "sha256:1"


def test_whoever_acts_for_somebody_is_named_and_who_acted_before(kit):
    acting = {"sub": "agent-2", "act": {"client_id": "agent-1", "act": {"iss": "x"}}}
    assert read(kit, act=acting).actor == "agent-2 < agent-1 < ?"
    endless = {"sub": "a"}
    for _ in range(9):
        endless = {"sub": "a", "act": endless}
    assert read(kit, act=endless).actor == "a < a < a < a"


def test_an_address_names_a_user_only_where_it_was_verified(kit):
    by_mail = ClaimPaths(user=("email",))
    assert read(kit, by_mail, email="a@acme.io", email_verified=True).subject == "a@acme.io"
    for verified in (None, False, "true", 1):
        denied = read(kit, by_mail, email="a@acme.io", email_verified=verified)
        assert denied.detail == "`email` names the user, and `email_verified` is not true"


@pytest.mark.parametrize(
    "wrong",
    [
        {"sub": None},
        {"sub": "a\x00"},
        {"groups": "a\nb"},
        {"groups": {"a": "b"}},
        {"groups": ["x"] * 1_001},
        {"scope": 7},
        {"roles": [None]},
        {"azp": ["a"]},
        {"jti": 1},
        {"sid": {}},
        {"act": []},
        {"act": {"sub": 1}},
        {"_claim_names": {"groups": "src1"}},
    ],
)
def test_a_claim_of_a_wrong_kind_refuses_the_token(kit, wrong):
    assert read(kit, **wrong).reason.code == "jwt.claim"


def test_groups_kept_elsewhere_matter_only_to_who_asks_for_groups(kit):
    assert isinstance(read(kit, ClaimPaths(), groups=None, _claim_names={"groups": "src1"}), Principal)


def test_a_path_leads_through_objects_only():
    assert at({"a": {"b": 1}}, ("a", "b")) == 1
    assert [at(claims, ("a", "b")) for claims in ({}, {"a": 1}, {"a": [1]}, {"a": {}})] == [None] * 4
    assert shown(("a", "b")) == "a.b"
