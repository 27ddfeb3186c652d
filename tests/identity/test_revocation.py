from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.exchange import Principal
from yett.identity.revocation import KINDS, Revoked, named, read, write

WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=40)
TIMES = st.none() | st.integers(0, 4_000_000_000).map(float)
REVOCATIONS = st.builds(
    Revoked,
    kind=st.sampled_from(KINDS),
    name=WORDS,
    issuer=st.just("") | WORDS,
    since=TIMES,
    until=TIMES,
    note=WORDS,
)


@given(st.lists(REVOCATIONS))
def test_what_is_written_is_what_is_read(revocations):
    assert read(write(revocations)) == tuple(revocations)


@given(st.binary(max_size=300))
def test_no_bytes_make_reading_do_anything_but_refuse(content):
    with suppress(ValueError):
        assert isinstance(read(content), tuple)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"user:alice", "line 1: JSON is malformed"),
        (b'{"revoke": "alice"}', "line 1: `alice` names nobody: write `user:...`, `client:...`"),
        (b'{"revoke": "role:admin"}', "line 1: `role:admin` names nobody"),
        (b'{"revoke": "user:"}', "line 1: a name has 1 to 256 printable characters"),
        (b'{"revoke": "user:a", "who": "b"}', "line 1: Object contains unknown field `who`"),
        (b'{"revoke": "user:a"}\n{"revoke": "user:b", "until": "tomorrow"}', "line 2: `tomorrow` is no time"),
        (b'{"revoke": 7}', "line 1: Expected `str`, got `int`"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(line, why):
    with pytest.raises(ValueError, match=why.replace("(", r"\(")):
        read(line)


def test_a_name_may_hold_colons():
    assert named("user:urn:example:alice") == ("user", "urn:example:alice")


def test_a_revocation_may_be_one_issuers_and_may_end():
    alice = Principal(issuer="https://a", subject="alice")
    assert Revoked(kind="user", name="alice").holds(alice, 0.0)
    assert not Revoked(kind="user", name="alice", issuer="https://b").holds(alice, 0.0)
    ending = Revoked(kind="user", name="alice", until=100.0)
    assert (ending.holds(alice, 99.9), ending.holds(alice, 100.0)) == (True, False)
