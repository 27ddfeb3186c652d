from __future__ import annotations

from yett.identity.credentials import Credentials
from yett.identity.key_bound import check


def test_a_token_is_good_with_a_proof_by_its_key_alone():
    denied = [check("A" * 43, Credentials(key=key)) for key in ("", "Q" * 43, "A" * 42)]
    assert [deny.reason.code for deny in denied] == ["jwt.key-bound"] * 3
    assert check("A" * 43, Credentials(key="A" * 43)) is None
