from __future__ import annotations

from yett.core.exchange import Principal
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.identity.verified import SECONDS, Verified, VerifiedTokens

ALICE = Principal(issuer="i", subject="alice")


def test_a_token_is_remembered_until_it_ends_and_no_longer_than_so_many_seconds(kit):
    clock = kit.Clock()
    known = VerifiedTokens(clock=clock)
    known.keep("t", Verified(who=ALICE, expires=50.0))
    assert known.find(b"Bearer t", "demo", 49.9) is ALICE
    assert known.find(b"Bearer t", "demo", 50.0) is None
    clock.now += SECONDS - 0.1
    assert known.find(b"Bearer t", "demo", 0.0) is ALICE
    clock.now += 0.1
    assert known.find(b"Bearer t", "demo", 0.0) is None


def test_nothing_but_the_canonical_spelling_is_found():
    known = VerifiedTokens()
    known.keep("t", Verified(who=ALICE, expires=50.0))
    for value in (b"bearer t", b"Bearer  t", b"Bearer t ", b"Basic t", b"t", b"", b"Bearer T"):
        assert known.find(value, "demo", 0.0) is None


def test_a_token_for_some_endpoints_is_found_at_those():
    known = VerifiedTokens()
    known.keep("t", Verified(who=ALICE, expires=50.0, endpoints=frozenset({"demo"})))
    assert known.find(b"Bearer t", "demo", 0.0) is ALICE
    assert known.find(b"Bearer t", "other", 0.0) is None


def test_a_refusal_is_remembered_too_and_everything_can_be_forgotten():
    known = VerifiedTokens()
    deny = Deny(reason=Reason(code="x.y", kind=Kind.UNAUTHENTICATED, public=""))
    known.keep("t", Verified(who=deny, expires=50.0), 1.0)
    assert known.find(b"Bearer t", "demo", 0.0) is deny
    known.purge()
    assert known.find(b"Bearer t", "demo", 0.0) is None


def test_the_table_has_a_bound_and_holds_no_tokens():
    known = VerifiedTokens(remembered=10)
    for number in range(25):
        known.keep(f"secret-{number}", Verified(who=ALICE, expires=50.0))
    assert len(known._known) <= 10
    assert b"secret" not in b"".join(known._known)
