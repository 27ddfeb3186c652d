import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.errors import ConfigError
from yett.identity.challenge import challenge


def test_a_request_without_a_token_hears_of_no_error():
    assert challenge() == b'Bearer realm="yett"'


def test_a_token_that_does_not_do_is_an_invalid_token():
    assert challenge(error="invalid_token") == b'Bearer realm="yett", error="invalid_token"'


def test_the_config_adds_scopes_and_the_metadata_url():
    url = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
    assert challenge(error="invalid_token", resource_metadata=url, scopes=["mcp:read", "mcp:call"]) == (
        b'Bearer realm="yett", error="invalid_token", scope="mcp:read mcp:call", '
        b'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"'
    )


@pytest.mark.parametrize("bad", ['https://a"b', "https://a\\b", "https://a\r\nX: y", "https://ü", "\x7f"])
def test_a_config_cannot_break_out_of_the_header(bad):
    with pytest.raises(ConfigError, match="cannot stand in"):
        challenge(resource_metadata=bad)
    with pytest.raises(ConfigError, match="cannot stand in"):
        challenge(scopes=[bad])


@given(st.text(max_size=40), st.lists(st.text(max_size=10), max_size=3))
def test_the_value_is_always_one_printable_line(url, scopes):
    try:
        value = challenge(error="invalid_token", resource_metadata=url, scopes=scopes)
    except ConfigError:
        return
    assert value.decode("ascii").isprintable()
    assert value.count(b'"') % 2 == 0
