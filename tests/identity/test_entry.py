import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.identity.entry import (
    Entry,
    check_digest,
    check_id,
    check_note,
    check_scope,
    check_word,
    read_time,
    time_text,
)


def test_a_token_is_over_at_its_very_second():
    entry = Entry(id="a", digest="d", user="u", expires=100.0)
    assert (entry.expired(99.999), entry.expired(100.0)) == (False, True)


def test_a_token_without_an_end_never_is():
    assert not Entry(id="a", digest="d", user="u", expires=None).expired(1e12)


@given(st.integers(0, 253_402_300_799))
def test_times_survive_the_file(seconds):
    assert read_time(time_text(float(seconds))) == seconds


def test_never_is_a_word():
    assert (time_text(None), read_time("never")) == ("never", None)


@pytest.mark.parametrize(
    "text",
    [
        *("", "Never", "~", "1e9", "2027-01-31", "2027-01-31T12:00:00", "2027-01-31T12:00:00+01:00"),
        *("2027-02-30T12:00:00Z", "2027-01-31T12:00:00Z\n", "\u0662027-01-31T12:00:00Z"),
    ],
)
def test_no_other_time_is_guessed(text):
    with pytest.raises(ValueError, match=r"no time|no date"):
        read_time(text)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (check_id, ["a1B2c3D4"], ["", "a1B2c3D", "a1B2c3D45", "a1B2_3D4", "a1B2c3D4\n"]),
        (
            check_digest,
            ["sha256:" + "0a" * 32],
            ["", "0a" * 32, "sha256:" + "0A" * 32, "sha256:" + "0a" * 31, "md5:00"],
        ),
        (check_word, ["alice", "/engineering", "Zoë", "a b"], ["", " a", "a ", "a\nb", "a\x1b", "\u202ea", "x" * 257]),
        (check_scope, ["mcp:read", "a/b"], ["", "a b", 'a"b', "a\\b", "é", "x" * 257]),
        (check_note, ["", "laptop at home"], ["a\nb", "\x1b[31m", "x" * 257]),
    ],
)
def test_fields_hold_what_they_may(check, good, bad):
    for text in good:
        assert check(text) == text
    for text in bad:
        with pytest.raises(ValueError, match=r"\w"):
            check(text)
