from __future__ import annotations

import pytest

from yett.errors import ConfigError, UpstreamUnavailable
from yett.secrets.secret import Secret
from yett.upstream.fixed_headers import FixedHeaders


def test_headers_are_revealed_in_lower_case():
    headers = FixedHeaders({"Authorization": Secret("Bearer t"), "X-Key": Secret("a b")})
    assert headers.reveal() == ((b"authorization", b"Bearer t"), (b"x-key", b"a b"))
    assert "Bearer" not in repr(headers)


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\n", "é", "x" * 129])
def test_a_name_must_be_one(name):
    with pytest.raises(ConfigError, match="not a header name"):
        FixedHeaders({name: Secret("x")})


@pytest.mark.parametrize(
    "name",
    ["Host", "content-LENGTH", "Content-Type", "Mcp-Session-Id", "mcp-anything", "ACCEPT", "te", "last-event-id"],
)
def test_headers_that_say_what_is_asked_are_ours(name):
    with pytest.raises(ConfigError, match="set by the gateway itself"):
        FixedHeaders({name: Secret("x")})


def test_a_header_has_one_value():
    with pytest.raises(ConfigError, match="twice"):
        FixedHeaders({"X-Key": Secret("a"), "x-key": Secret("b")})


@pytest.mark.parametrize("value", ["", " x", "x ", "a\r\nb: c", "a\nb", "a\0b", "é", "\x7f"])
def test_a_value_that_no_header_can_hold_is_not_sent_and_not_shown(value):
    with pytest.raises(UpstreamUnavailable) as caught:
        FixedHeaders({"x-key": Secret(value)}).reveal()
    assert str(caught.value) == "the value of header `x-key` holds what a header cannot hold"


def test_a_secret_that_was_not_read_makes_the_server_unavailable():
    with pytest.raises(UpstreamUnavailable, match="was not read"):
        FixedHeaders({"x-key": Secret(None)}).reveal()
