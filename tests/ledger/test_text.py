import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from yett.ledger.mac import VALUES, Mac
from yett.ledger.text import encoded, shortened

MAC = Mac(b"k" * 32, VALUES)
ENCODER = msgspec.json.Encoder()


class Note(msgspec.Struct):
    text: str


HOSTILE = [
    "a\nb",
    "\r",
    "\x1b[31mred",
    "\x00",
    "\u2028",
    "\u202e",
    "\x7f",
    "\x9b",
    "\ud800",
    "\udfff\ud800",
    "\U0001f600",
]


def test_hostile_text_stays_one_line_of_printable_ascii():
    for text in HOSTILE:
        line = encoded(ENCODER, Note(text=text))
        assert all(0x20 <= byte < 0x7F for byte in line), text


def test_what_is_text_is_kept_exactly():
    for text in HOSTILE:
        if not any("\ud800" <= sign <= "\udfff" for sign in text):
            assert json.loads(encoded(ENCODER, Note(text=text))) == {"text": text}


def test_half_a_surrogate_pair_becomes_the_replacement_character():
    assert json.loads(encoded(ENCODER, Note(text="a\ud800b"))) == {"text": "a\ufffdb"}


@given(st.text(st.characters(exclude_categories=()), max_size=50))
def test_any_text_makes_a_line_that_strict_readers_take(text):
    line = encoded(ENCODER, Note(text=text))
    assert line.isascii()
    assert b"\n" not in line
    assert msgspec.json.decode(line) is not None


def test_cut_text_keeps_its_beginning_its_length_and_a_digest():
    cut = shortened("a" * 1000, 64, MAC)
    assert len(cut) == 64
    assert cut.startswith("aaaa")
    assert "~1000~" in cut


def test_texts_that_differ_behind_the_cut_stay_different():
    assert shortened("a" * 1000 + "x", 64, MAC) != shortened("a" * 1000 + "y", 64, MAC)


@given(st.text(min_size=65, max_size=300))
def test_cut_text_is_never_longer_than_its_bound(text):
    assert len(shortened(text, 64, MAC)) <= 64
