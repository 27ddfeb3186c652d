import json

from hypothesis import given
from hypothesis import strategies as st

from yett.ledger.mac import VALUES, Mac
from yett.ledger.quotes import REMEMBERED, Quotes, ascii_string

MAC = Mac(b"k" * 32, VALUES)
ANY = st.text(st.characters(exclude_categories=()), max_size=100)


@given(ANY)
def test_any_text_is_a_json_string_of_printable_ascii(text):
    quoted = ascii_string(text)
    assert quoted.isascii()
    assert quoted.isprintable()
    assert json.loads(quoted) == "".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in text)


@given(ANY, st.integers(64, 80))
def test_no_text_is_longer_than_its_bound(text, limit):
    quoted = json.loads(Quotes(MAC).quote(text, limit))
    assert len(quoted) <= limit
    assert (len(text) <= limit) == ("~" not in quoted or "~" in text)


def test_what_is_remembered_is_what_was_made():
    quotes = Quotes(MAC)
    made = quotes.quote("get_issue", 64)
    assert quotes.known == {"get_issue": made} == {"get_issue": '"get_issue"'}


def test_what_is_remembered_holds_for_every_bound():
    quotes = Quotes(MAC)
    quotes.quote("x" * (REMEMBERED + 1), 256)
    quotes.quote("y" * 1000, 64)
    assert quotes.known == {}


def test_strangers_cannot_make_the_memory_large():
    quotes = Quotes(MAC)
    for number in range(20_000):
        quotes.quote(str(number), 64)
    assert len(quotes.known) <= 8192
