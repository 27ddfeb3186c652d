import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.identity.tokens import RANDOM_BYTES, digest_of, key_id_of, mint

TOKEN = mint(bytes(range(40))).token


def test_a_token_has_a_prefix_a_key_id_a_secret_and_a_checksum():
    minted = mint(bytes(range(40)))
    assert re.fullmatch(r"yett_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}", minted.token)
    assert minted.key_id == minted.token[5:13]
    assert key_id_of(minted.token) == minted.key_id
    assert minted.digest == f"sha256:{hashlib.sha256(minted.token.encode()).hexdigest()}" == digest_of(minted.token)


@given(st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES), st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
def test_no_bit_of_the_randomness_is_lost(one, other):
    assert (mint(one).token == mint(other).token) == (one[:32] == other[:32] and mint(one).key_id == mint(other).key_id)


def test_the_smallest_and_the_largest_secret_have_the_same_form():
    for random in (bytes(40), b"\xff" * 40):
        assert key_id_of(mint(random).token) == mint(random).key_id


@pytest.mark.parametrize("size", [0, 32, 39, 41])
def test_too_little_randomness_makes_no_token(size):
    with pytest.raises(ValueError, match="40 random bytes"):
        mint(bytes(size))


def test_a_minted_token_does_not_print_its_secret():
    minted = mint(bytes(range(40)))
    assert minted.token not in repr(minted)
    assert minted.token[14:] not in f"{minted}"


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii", categories=["L", "N"]))
def test_one_wrong_character_is_seen_without_a_file(place, sign):
    typed = TOKEN[:place] + sign + TOKEN[place + 1 :]
    assert key_id_of(typed) == (mint(bytes(range(40))).key_id if typed == TOKEN else None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yett_",
        "secret-api-key",
        TOKEN[:-1],
        TOKEN + "0",
        TOKEN + "\n",
        " " + TOKEN,
        TOKEN.replace("_", "-"),
        TOKEN.upper(),
    ],
)
def test_what_is_no_token_has_no_key_id(text):
    assert key_id_of(text) is None


@given(st.text())
def test_any_text_can_be_asked(text):
    assert key_id_of(text) is None
