import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.detect.lookalike import folded, is_mixed, skeleton


@pytest.mark.parametrize(
    ("one", "other"), [("read_file", "readFile"), ("send", "sеnd"), ("modern", "modem"), ("l1st", "list"), ("Ａ", "a")]
)
def test_names_that_look_the_same_have_one_skeleton(one, other):
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("read", "write"), ("get_user", "get_users")])
def test_names_that_differ_have_two(one, other):
    assert skeleton(one) != skeleton(other)


def test_only_mixed_words_are_folded():
    assert folded("sеnd привет") == "send привет"
    assert is_mixed("sеnd")
    assert not is_mixed("привет")


@given(st.text())
def test_folding_keeps_the_length(text):
    assert len(folded(text)) == len(text)
