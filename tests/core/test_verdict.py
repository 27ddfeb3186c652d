from __future__ import annotations

import pytest

from yett.core.message import Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import ALLOW, Allow, Deny, Rewrite

SPENT = Reason(code="rate-limit.spent", kind=Kind.LIMITED, public="too many calls")


def test_a_denial_is_compared_as_a_whole():
    assert Deny(reason=SPENT, detail="3/2") == Deny(reason=SPENT, detail="3/2")
    assert Deny(reason=SPENT, detail="3/2") != Deny(reason=SPENT)


def test_a_denial_promises_nothing_by_default():
    deny = Deny(reason=SPENT)
    assert (deny.detail, deny.public, deny.retry_after, deny.scopes, deny.supported) == ("", "", None, (), ())


def test_to_allow_says_nothing():
    assert Allow(note="") == ALLOW


def test_a_rewrite_says_what_changed():
    rewrite = Rewrite(message=Request(id=1, method="ping"), note="1 secret removed")
    assert rewrite.count == 1
    with pytest.raises(TypeError):
        Rewrite(message=Request(id=1, method="ping"))


@pytest.mark.parametrize("verdict", [ALLOW, Deny(reason=SPENT), Rewrite(message=Request(id=1, method="a"), note="n")])
def test_verdicts_are_frozen(verdict):
    with pytest.raises(AttributeError):
        verdict.note = "changed"
