from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yett.identity.explanation import Explanation, explain, read
from yett.identity.issuer import ClaimPaths
from yett.identity.keys import read_keys


def explained(kit, token, *, offline=False, issuer=None):
    issuer = issuer or kit.issuer(claims=ClaimPaths(roles=(("roles",),), groups=(("groups",),)))
    found = read(token, {issuer.name: issuer})
    if isinstance(found, Explanation):
        return found
    jwt, issuer = found
    key = None if offline else read_keys(kit.jwks(kit.EC), "RS256").find(jwt.kid)
    return explain(jwt, issuer, key, kit.NOW)


def told(explanation):
    return {(line.title, line.text): line.good for line in explanation.lines}


def test_every_claim_says_what_it_gave(kit):
    found = explained(kit, kit.sign(kit.claims(act={"sub": "bot"})))
    assert found.deny is None
    assert found.principal.subject == "alice"
    said = told(found)
    for line in (
        ("form", "JWT, ES256, key 'ec', typ at+jwt"),
        ("issuer", f"keycloak  {kit.ISS}"),
        ("signature", "by keycloak"),
        ("time", "ends in 5 min, made 10 s ago"),
        ("audience", f"{kit.OURS}: demo"),
    ):
        assert said[line] is True
    for line in (
        ("user", "alice  from sub"),
        ("roles", "viewer  from roles"),
        ("groups", "/eng  from groups"),
        ("scopes", "mcp:read, mcp:write  from scope"),
        ("scopes", "nothing  from scp, which is not there"),
        ("client", "claude  from azp"),
        ("acting", "bot  from act"),
    ):
        assert said[line] is None


def test_a_bound_token_says_what_it_is_bound_to_and_what_must_be_shown(kit):
    found = explained(kit, kit.sign(kit.claims(cnf={"x5t#S256": "A" * 43})))
    assert found.deny is None
    thumbprint = "the client certificate whose SHA-256 thumbprint is " + "A" * 43
    assert told(found)["bound", f"good only with {thumbprint}"] is None
    for changes, options, code in (
        ({"cnf": {"jwk": {}}}, {}, "jwt.bound"),
        ({}, {"issuer": kit.issuer(require_binding=True)}, "jwt.unbound"),
    ):
        found = explained(kit, kit.sign(kit.claims(**changes)), **options)
        assert (found.deny.reason.code, bool(found.fix)) == (code, True)


def test_a_refusal_names_the_reason_of_the_gateway_and_what_to_do(kit):
    for token, code, word in (
        (kit.sign(kit.claims(aud=None)), "jwt.audience", "Audience"),
        (kit.sign(kit.claims(exp=int(kit.NOW))), "jwt.expired", "sign in again"),
        (kit.sign(kit.claims(iss="https://x.test")), "jwt.issuer", "add the issuer"),
        (kit.sign(key=kit.EC_OTHER, header={"kid": "ec"}), "jwt.signature", "changed"),
        (kit.sign(kit.claims(nonce="n")), "jwt.not-access", "ID token"),
        (kit.sign(header={"alg": "ES384"}), "jwt.algorithm", "sign with"),
        ("eyJ.x", "jwt.malformed", "whole"),
        (kit.sign(kit.claims(groups=1)), "jwt.claim", ""),
    ):
        found = explained(kit, token)
        assert found.deny.reason.code == code
        assert word in found.fix
        assert any(line.good is False for line in found.lines)


def test_several_things_that_are_wrong_are_all_told(kit):
    found = explained(kit, kit.sign(kit.claims(aud="x", exp=1, iat=1)))
    assert [line.title for line in found.lines if line.good is False] == ["claims", "audience"]
    assert found.deny.reason.code == "jwt.expired"


def test_without_a_key_the_signature_is_not_said_to_be_good(kit):
    found = explained(kit, kit.sign(key=kit.EC_OTHER), offline=True)
    assert told(found)["signature", "not checked: the issuer was not asked"] is None


def test_each_issuer_has_its_own_advice_about_the_audience(kit):
    for source in ("keycloak", "entra", "auth0", "okta", "partner"):
        fix = explained(kit, kit.sign(kit.claims(aud="x")), issuer=kit.issuer(source=source)).fix
        assert fix
        assert "{" not in fix


@given(st.text(max_size=120) | st.from_regex(r"\AeyJ[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}\Z"))
def test_no_text_breaks_it(kit, text):
    assert explained(kit, text).deny is not None
