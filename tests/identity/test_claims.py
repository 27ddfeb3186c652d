from __future__ import annotations

import pytest

from yett.identity.claims import audience_of, check_claims, check_times, expiry_of, not_meant
from yett.identity.jwt import read


def checked(kit, *, header=None, now=None, issuer=None, **claims):
    jwt = read(kit.sign(kit.claims(**claims), header=header))
    found = check_claims(jwt, issuer or kit.issuer(), kit.NOW if now is None else now)
    return found and (found.reason.code, found.detail)


def test_good_claims_pass(kit):
    assert checked(kit) is None
    assert checked(kit, nbf=int(kit.NOW)) is None


@pytest.mark.parametrize(("late", "reason"), [(-0.001, None), (0, "jwt.expired"), (1, "jwt.expired")])
def test_a_token_ends_at_its_very_end(kit, late, reason):
    found = checked(kit, now=kit.NOW + 300 + late)
    assert (found and found[0]) == reason


@pytest.mark.parametrize(("ahead", "reason"), [(30, None), (31, "jwt.not-yet")])
@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_clocks_may_differ_by_so_much_and_no_more(kit, name, ahead, reason):
    found = checked(kit, **{name: int(kit.NOW) + ahead})
    assert (found and found[0]) == reason


def test_a_lifetime_has_a_bound(kit):
    issued = int(kit.NOW)
    assert checked(kit, iat=issued, exp=issued + 86_400) is None
    assert checked(kit, iat=issued, exp=issued + 86_401) == ("jwt.lifetime", "86401 s, and 86400 s are allowed")
    long = kit.issuer(max_lifetime=90_000.0)
    assert checked(kit, iat=issued, exp=issued + 86_401, issuer=long) is None


def test_access_tokens_can_be_demanded_to_say_so(kit):
    strict = kit.issuer(types=frozenset({"at+jwt"}))
    assert checked(kit, issuer=strict) is None
    assert checked(kit, issuer=strict, header={"typ": "JWT"}) == ("jwt.not-access", "`typ` of the header is 'jwt'")
    assert checked(kit, issuer=strict, header={"typ": None})[0] == "jwt.not-access"


def test_an_id_token_passes_only_where_the_issuer_has_no_other(kit):
    assert checked(kit, nonce="n") == ("jwt.not-access", "an ID token: it has `nonce`")
    assert checked(kit, nonce="n", issuer=kit.issuer(id_tokens=True)) is None
    assert checked(kit, typ="Bearer") is None


def test_claims_that_are_required_have_exactly_one_value(kit):
    tenant = kit.issuer(required=(("tid", "t1"),))
    assert checked(kit, tid="t1", issuer=tenant) is None
    for wrong in ({"tid": "t2"}, {}, {"tid": ["t1"]}, {"tid": True}):
        assert checked(kit, issuer=tenant, **wrong) == ("jwt.claim", "`tid` is not 't1'")


def test_an_audience_is_a_text_or_a_short_list_of_texts():
    assert audience_of({"aud": "a"}) == frozenset({"a"})
    assert audience_of({"aud": ["a", "b"]}) == frozenset({"a", "b"})
    for wrong in ({}, {"aud": []}, {"aud": [1]}, {"aud": "a" * 2_000}, {"aud": None}):
        assert audience_of(wrong).reason.code == "jwt.audience"


def test_a_refused_audience_is_named_within_bounds():
    deny = not_meant(frozenset(f"{number}{'x' * 500}" for number in range(9)))
    assert len(deny.detail) < 900
    assert not_meant(frozenset({"\x1b[31m"})).detail == "meant for '\\x1b[31m'"


def test_times_are_numbers(kit):
    for wrong in (True, "1", None, float("inf"), float("nan"), -1, [1]):
        assert check_times({"exp": wrong, "iat": 1}, kit.issuer(), kit.NOW).reason.code == "jwt.claim"
    assert expiry_of({"exp": 5}) == 5.0
