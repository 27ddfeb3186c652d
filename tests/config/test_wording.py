from __future__ import annotations

import pytest

from yett.config.wording import Unreadable, kind, listed, suggestion
from yett.secrets.secret import Secret


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "`true`"),
        (7, "the number `7`"),
        (1.5, "the number `1.5`"),
        ("x", "text"),
        ([], "a list"),
        ((), "a list"),
        ({}, "a mapping"),
        (Secret("x"), "a secret"),
    ],
)
def test_values_have_names(value, words):
    assert kind(value) == words


def test_the_nearest_word_is_suggested():
    assert suggestion("sandbx", ["sandbox", "args"]) == "did you mean `sandbox`?"
    assert suggestion("HEADERS", ["headers"]) == "did you mean `headers`?"
    assert suggestion("ALICE", {"Alice": 1, "bob": 2}) == "did you mean `Alice`?"
    assert suggestion("quite else", ["sandbox"]) == ""
    assert suggestion("x", []) == ""


def test_words_are_listed():
    assert listed(["a"]) == "`a`"
    assert listed(["a", "b", "c"]) == "`a`, `b` or `c`"


def test_an_unreadable_text_says_what_to_write():
    error = Unreadable("wrong", "write it right")
    assert (str(error), error.help) == ("wrong", "write it right")
