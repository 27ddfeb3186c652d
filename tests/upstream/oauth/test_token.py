from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.ask import Answer
from yett.errors import UpstreamUnavailable
from yett.secrets.secret import Secret
from yett.upstream.oauth.token import GrantRefusedError, Token, read


def answer(body: Any, status: int = 200) -> Answer:
    return Answer(status=status, body=body if isinstance(body, bytes) else json.dumps(body).encode())


def test_a_token_is_read_with_its_times():
    body = {"access_token": "a", "token_type": "bearer", "expires_in": 600, "refresh_token": "r", "scope": "x y"}
    assert read(answer(body), "it", 1000.0) == Token(
        access=Secret("a"), until=1600.0, renew_at=1570.0, refresh=Secret("r"), scopes=frozenset({"x", "y"})
    )


@pytest.mark.parametrize(
    ("said", "seconds"), [(None, 300), (0, 300), (-5, 300), ("600", 300), (True, 300), (10**9, 86400), (2.5, 2.5)]
)
def test_a_time_that_is_not_said_or_strange_is_short(said, seconds):
    body = {"access_token": "a", "token_type": "Bearer", "expires_in": said}
    assert read(answer(body), "it", 0.0).until == seconds


def test_scopes_that_are_not_said_are_those_that_were_asked_for():
    body = {"access_token": "a", "token_type": "Bearer"}
    assert read(answer(body), "it", 0.0, asked=frozenset({"x"})).scopes == frozenset({"x"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        {"token_type": "Bearer"},
        {"access_token": "", "token_type": "Bearer"},
        {"access_token": "a\r\nx: y", "token_type": "Bearer"},
        {"access_token": "a b", "token_type": "Bearer"},
        {"access_token": "a" * 20_000, "token_type": "Bearer"},
        {"access_token": "a"},
        {"access_token": "a", "token_type": "DPoP"},
    ],
)
def test_what_cannot_be_sent_as_a_bearer_token_is_refused(body):
    with pytest.raises(UpstreamUnavailable):
        read(answer(body), "it", 0.0)


def test_a_refusal_is_told_by_its_code_alone():
    with pytest.raises(GrantRefusedError) as caught:
        read(answer({"error": "invalid_grant", "error_description": "hunter2"}, 400), "it", 0.0)
    assert (str(caught.value), caught.value.code) == ("it refused to give a token: `invalid_grant`", "invalid_grant")


@pytest.mark.parametrize(
    ("body", "status"), [({"error": "x"}, 500), ({"error": "hunter2 \n"}, 400), (b"hunter2", 400), ({}, 302)]
)
def test_anything_else_is_a_failure(body, status):
    with pytest.raises(UpstreamUnavailable) as caught:
        read(answer(body, status), "it", 0.0)
    assert not isinstance(caught.value, GrantRefusedError)
    assert str(caught.value) == f"it answered {status} when asked for a token"


def test_a_token_does_not_print():
    body = {"access_token": "hunter2", "token_type": "Bearer", "refresh_token": "hunter3"}
    assert "hunter" not in repr(read(answer(body), "it", 0.0))


_PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
_VALUES = _PLAIN | st.lists(_PLAIN, max_size=2)
_NAMES = st.sampled_from(["access_token", "token_type", "expires_in", "refresh_token", "scope", "error"])
_STATUSES = st.sampled_from([200, 201, 302, 400, 401, 500])


@given(st.binary(max_size=200) | st.dictionaries(_NAMES, _VALUES, max_size=6), _STATUSES)
def test_any_answer_is_a_token_that_can_be_sent_or_a_failure(body, status):
    try:
        token = read(answer(body, status), "it", 0.0)
    except UpstreamUnavailable:
        return
    assert re.fullmatch(r"[!-~]+", token.access.reveal())
    assert 0 < token.renew_at <= token.until <= 86_400
