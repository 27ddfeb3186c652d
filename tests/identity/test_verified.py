from __future__ import annotations

from yett.core.certificate import Certificate
from yett.core.exchange import Principal
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.identity.credentials import Credentials
from yett.identity.verified import SECONDS, Verified, VerifiedTokens

ALICE = Principal(issuer="i", subject="alice")
DEMO, OTHER = Credentials(server="demo"), Credentials(server="other")


def test_a_token_is_remembered_until_it_ends_and_no_longer_than_so_many_seconds(kit):
    clock = kit.Clock()
    known = VerifiedTokens(clock=clock)
    known.keep("t", Verified(who=ALICE, expires=50.0))
    assert known.find(b"Bearer t", DEMO, 49.9) is ALICE
    assert known.find(b"Bearer t", DEMO, 50.0) is None
    clock.now += SECONDS - 0.1
    assert known.find(b"Bearer t", DEMO, 0.0) is ALICE
    clock.now += 0.1
    assert known.find(b"Bearer t", DEMO, 0.0) is None


def test_nothing_but_the_canonical_spelling_is_found():
    known = VerifiedTokens()
    known.keep("t", Verified(who=ALICE, expires=50.0))
    for value in (b"bearer t", b"Bearer  t", b"Bearer t ", b"Basic t", b"t", b"", b"Bearer T"):
        assert known.find(value, DEMO, 0.0) is None


def test_a_token_for_some_endpoints_is_found_at_those():
    known = VerifiedTokens()
    known.keep("t", Verified(who=ALICE, expires=50.0, endpoints=frozenset({"demo"})))
    assert known.find(b"Bearer t", DEMO, 0.0) is ALICE
    assert known.find(b"Bearer t", OTHER, 0.0) is None


def test_a_refusal_is_remembered_too_and_everything_can_be_forgotten():
    known = VerifiedTokens()
    deny = Deny(reason=Reason(code="x.y", kind=Kind.UNAUTHENTICATED, public=""))
    known.keep("t", Verified(who=deny, expires=50.0), 1.0)
    assert known.find(b"Bearer t", DEMO, 0.0) is deny
    known.purge()
    assert known.find(b"Bearer t", DEMO, 0.0) is None


def test_the_table_has_a_bound_and_holds_no_tokens():
    known = VerifiedTokens(remembered=10)
    for number in range(25):
        known.keep(f"secret-{number}", Verified(who=ALICE, expires=50.0))
    assert len(known._known) <= 10
    assert b"secret" not in b"".join(known._known)


def test_a_bound_token_that_is_known_is_worth_nothing_on_another_connection(kit):
    known = VerifiedTokens(clock=kit.Clock())
    bound = (("x5t#S256", "A" * 43),)
    known.keep("t", Verified(who=ALICE, expires=50.0, binding=bound))
    own, others = (
        Credentials(server="demo", certificate=Certificate(thumbprint=sign * 43, issuer=b"", serial="1", expires=9.0))
        for sign in "AQ"
    )
    assert known.find(b"Bearer t", own, 0.0) is ALICE
    assert known.find(b"Bearer t", DEMO, 0.0).reason.code == "jwt.bound"
    assert known.find(b"Bearer t", others, 0.0).reason.code == "jwt.bound"
    assert known.find(b"Bearer t", own, 0.0) is ALICE
    assert known.find_token("t", 0.0) == Verified(who=ALICE, expires=50.0, binding=bound)
