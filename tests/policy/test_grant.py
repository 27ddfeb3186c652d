from __future__ import annotations

from yett.policy.grant import ALLOW, NOTHING, Decision, Grant, decided

GRANT = Grant(role="reader", effect=ALLOW, index="roles.reader.allow[0]", pattern="demo.*", where="yett.yaml:9:5")


def test_a_decision_is_true_only_when_it_allows():
    assert Decision(allowed=True, grants=(GRANT,))
    assert not NOTHING


def test_a_decision_says_because_of_what():
    assert decided((GRANT,), allowed=True) == Decision(
        allowed=True, grants=(GRANT,), because="roles.reader.allow[0] (demo.*)"
    )
    assert NOTHING.because == "nothing allows it"


def test_no_grants_decide_nothing_whatever_was_hoped_for():
    assert decided((), allowed=True) == NOTHING
