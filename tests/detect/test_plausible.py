from __future__ import annotations

import pytest

from yett.detect.plausible import entropy, is_password, is_placeholder, is_random, is_token, is_varied


def test_entropy_is_that_of_shannon():
    assert entropy("") == 0.0
    assert entropy("aaaa") == 0.0
    assert entropy("ab") == 1.0
    assert entropy("abcdefgh") == 3.0


@pytest.mark.parametrize(
    "text",
    [
        "${PASSWORD}",
        "<token>",
        "{{ secret }}",
        "xxxxxxxxxxxx",
        "********",
        "your-key-1234",
        "/etc/key1",
        "https://a",
        "[redacted:x]",
    ],
)
def test_a_placeholder_is_spared(text):
    assert is_placeholder(text)
    assert not is_random(text)
    assert not is_token(text)
    assert not is_password(text)


@pytest.mark.parametrize(
    ("text", "random", "token", "varied"),
    [
        ("Kx7pQ2mZ", True, True, True),
        ("authentication-required", False, False, True),
        ("AbCdEfGhIjKl", False, True, True),
        ("Documentation", False, False, True),
        ("1234567890123456", False, True, True),
        ("aaaaaaaaaaaaaaa1", False, False, False),
        ("short1", False, False, False),
    ],
)
def test_random_texts_differ_from_words(text, random, token, varied):
    assert (is_random(text), is_token(text), is_varied(text)) == (random, token, varied)


def test_people_choose_bad_passwords():
    assert is_password("hunter2")
    assert is_password("password")
    assert not is_password("aaa")
