from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.upstream.oauth.challenge import NOTHING, Challenge, challenge, scopes

META = "https://a/.well-known/oauth-protected-resource"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"Bearer", NOTHING),
        (b"bearer", NOTHING),
        (b'Bearer resource_metadata="' + META.encode() + b'"', Challenge(resource_metadata=META)),
        (b"Bearer scope=read", Challenge(scopes=frozenset({"read"}))),
        (b'Bearer realm="x", error="e" , scope="a b"', Challenge(error="e", scopes=frozenset({"a", "b"}))),
        (b'Bearer error="a\\"b"', Challenge(error='a"b')),
        (b'Bearer error="first", error="second"', Challenge(error="first")),
        (b'Basic realm="x", Bearer error="e"', Challenge(error="e")),
        (b'Bearer error="e", Basic scope="x"', Challenge(error="e")),
        (b'DPoP error="e"', NOTHING),
        (b'Bearerx error="e"', NOTHING),
        (b"Bearer " + b"a" * 9000, NOTHING),
    ],
)
def test_a_challenge_is_read(value, found):
    assert challenge([(b"www-authenticate", value)]) == found


def test_the_first_bearer_challenge_counts():
    headers = [(b"date", b"Bearer error=x"), (b"www-authenticate", b"Basic"), (b"www-authenticate", b"Bearer error=y")]
    assert challenge(headers).error == "y"
    assert challenge([]) == NOTHING


@given(st.binary(max_size=300))
def test_any_header_is_read_or_not(value):
    found = challenge([(b"www-authenticate", b"Bearer " + value)])
    assert all(" " not in scope and scope.isascii() for scope in found.scopes)


@pytest.mark.parametrize("text", ['a="' * 2700, "a=" * 4000, " , " * 2700, "x " * 4000, 'a="' + "\\" * 8000])
def test_no_header_takes_long(text):
    began = time.process_time()
    challenge([(b"www-authenticate", b"Bearer " + text.encode())])
    assert time.process_time() - began < 5


def test_scopes_are_words():
    assert scopes('a  b "c" \u20ac d') == frozenset({"a", "b", "d"})
    assert len(scopes(" ".join(map(str, range(1000))))) == 100
