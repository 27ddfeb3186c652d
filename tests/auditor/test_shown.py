from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.finding import Confidence, Finding, Place, Severity, Step
from yett.auditor.shown import masked, shown

TOKEN = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"


@given(st.text(st.characters(codec=None)))
def test_nothing_hidden_stays_in_what_is_shown(text):
    assert shown(text).isprintable()


def test_terminals_are_not_obeyed():
    assert shown("a\x1b[2Jb\u202ec\n") == "a\\u{1b}[2Jb\\u{202e}c\\u{a}"
    assert shown("a\tb") == "a b"
    assert shown("naïve 日本") == "naïve 日本"


def test_long_texts_are_cut():
    assert shown("x" * 9_999, longest=10) == "xxxxxxxxx…"


def test_no_secret_survives_in_any_text_of_a_finding():
    place = Place(path="a", line=1, text=f'token = "{TOKEN}"')
    finding = Finding(
        rule="r",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        place=place,
        message=f"m {TOKEN}",
        subject="s",
        steps=(Step(place=place, says=TOKEN),),
        evidence=(TOKEN,),
        fix=TOKEN,
    )
    clean = masked(finding)
    assert TOKEN[4:] not in repr(clean)
    assert len(clean.place.text) == len(place.text)
    assert clean.message == "m ghp_" + "•" * (len(TOKEN) - 4)
