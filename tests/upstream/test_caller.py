from __future__ import annotations

import pytest

from yett.core.exchange import Principal
from yett.errors import UpstreamUnavailable
from yett.identity.credentials import Credentials
from yett.upstream.caller import Caller

ALICE = Principal(issuer="https://login", subject="alice")


def caller(*authorization: bytes) -> Caller:
    return Caller(principal=ALICE, credentials=Credentials(authorization=authorization))


def test_the_token_is_what_stands_in_the_one_authorization_header():
    assert caller(b"Bearer abc.def").token() == "abc.def"
    assert caller().key == ("https://login", "alice")


@pytest.mark.parametrize("values", [(), (b"Basic abc",), (b"Bearer a", b"Bearer b"), (b"Bearer a b",)])
def test_without_one_bearer_token_there_is_nothing_to_exchange(values):
    with pytest.raises(UpstreamUnavailable, match="did not sign in with a token"):
        caller(*values).token()


def test_it_does_not_print_the_token():
    assert "abc" not in repr(caller(b"Bearer abc"))
