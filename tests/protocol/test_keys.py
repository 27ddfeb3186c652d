from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.verdict import Deny
from yett.protocol.keys import (
    KEY_RESERVED,
    KEY_TOO_LONG,
    KEY_UNREADABLE,
    KEYS_ALIKE,
    RESERVED,
    alike,
    check_keys,
    fold,
)


@pytest.mark.parametrize(
    "key",
    [
        "Name",
        "NAME",
        "nam\u0435".replace("\u0435", "E"),
        "\uff4eame",
        "na\u200bme",
        "name\ufe0f",
        "\u034fname",
        "n\u00adame",
        "\U000e0100name",
    ],
)
def test_what_passes_for_name_folds_to_name(key):
    # Zero-width characters are refused for themselves; the others only through what they fold to.
    assert fold(key) == "name" or check_keys((key,), 1024) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("task", "tas\u212a"),
        ("params", "param\u017f"),
        ("\u00e9", "e\u0301"),
        ("stra\u00dfe", "STRASSE"),
        ("\u03c3", "\u03c2"),
        ("\ufb01le", "file"),
        ("\u0130d", "i\u0307d"),
        ("name", "name\u3164"),
    ],
)
def test_keys_that_a_sloppy_reader_confuses_fold_alike(one, other):
    assert fold(one) == fold(other)
    deny = check_keys((one, other), 1024)
    assert deny is not None
    assert deny.reason is KEYS_ALIKE


# Unicode's Default_Ignorable_Code_Point, without those that are refused for being unprintable.
IGNORABLE = [
    0x034F,
    0x115F,
    0x1160,
    0x17B4,
    0x17B5,
    0x180B,
    0x180D,
    0x180F,
    0x3164,
    0xFE00,
    0xFE0F,
    0xFFA0,
    0xE0100,
    0xE01EF,
]


@pytest.mark.parametrize("point", IGNORABLE)
def test_ignorable_characters_leave_nothing_behind(point):
    assert fold(f"na{chr(point)}me") == "name"


@pytest.mark.parametrize(
    "point", [0x0350, 0x115E, 0x1161, 0x17B3, 0x17B6, 0x180A, 0x1810, 0x3163, 0x3165, 0xFE10, 0xFFA1]
)
def test_their_neighbours_do(point):
    assert fold(f"na{chr(point)}me") != "name"


def test_an_object_with_both_says_which():
    assert check_keys(("a", "name", "NaMe"), 1024) == Deny(reason=KEYS_ALIKE, detail="'name' and 'NaMe'")


@pytest.mark.parametrize("key", sorted(RESERVED))
def test_keys_that_reach_prototypes_are_refused(key):
    assert check_keys(("a", key), 1024) == Deny(reason=KEY_RESERVED, detail=key)


def test_the_bound_of_a_key_counts_bytes():
    assert check_keys(("é" * 3,), 6) is None
    assert check_keys(("é" * 3,), 5) == Deny(reason=KEY_TOO_LONG, detail="3 characters")
    assert check_keys(("abc",), 3) is None
    assert check_keys(("abcd",), 3) == Deny(reason=KEY_TOO_LONG, detail="4 characters")


@pytest.mark.parametrize(
    "key", ["a ", " a", "a\t", "\x7f", "a\u200b", "\ufeffa", "\u202ea", "\ue000", "a\u00a0b", "\u2028"]
)
def test_invisible_characters_are_refused(key):
    assert check_keys((key,), 1024) == Deny(reason=KEY_UNREADABLE, detail=ascii(key))


@pytest.mark.parametrize("keys", [(), ("",), ("a", "b"), ("snake_case", "kebab-case", "a.b/c", "größe", "名前", "a b")])
def test_ordinary_keys_pass(keys):
    assert check_keys(keys, 1024) is None


def test_a_lookalike_of_a_known_key_is_found():
    known = frozenset({"name", "arguments"})
    assert alike({"name": 1}, known) is None
    assert alike({"name": 1, "other": 2}, known) is None
    assert alike({"Name": 1}, known) == "Name"
    assert alike({"name": 1, "argument\u017f": 2}, known) == "argument\u017f"
    assert alike({"\uff4eame": 1}, known) == "\uff4eame"


@given(st.text())
def test_folding_twice_changes_nothing(key):
    assert fold(fold(key)) == fold(key)


@given(st.text())
def test_case_and_form_never_matter_to_a_fold(key):
    for variant in (unicodedata.normalize("NFC", key), unicodedata.normalize("NFKD", key)):
        assert fold(variant) == fold(key)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_ascii_keys_fold_to_lower_case(key):
    assert fold(key) == key.lower() == fold(key.upper())


@given(st.lists(st.text(max_size=4), unique=True, max_size=4))
def test_two_keys_that_fold_alike_never_pass_together(keys):
    if check_keys(tuple(keys), 1024) is None:
        assert len({fold(key) for key in keys}) == len(keys)
