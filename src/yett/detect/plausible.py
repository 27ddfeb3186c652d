"""Whether a text that stands where a secret would stand looks like one, or like a word, a path or a placeholder."""

from __future__ import annotations

from collections import Counter
from math import log2
from typing import Final

MIN_ENTROPY: Final = 3.0
"""Bits per character. English words have 2 to 2.8 at these lengths, random hexadecimal 3.3 and more."""
_MIN_LENGTH: Final = 8
_PLACEHOLDERS: Final = ("your", "example", "placeholder", "changeme", "change-me", "redacted", "xxxx", "****", "....")
_REFERENCES: Final = ("$", "<", "{", "[", "%", "/", "./", "~", "http:", "https:", "file:", "vault:", "env:")


def entropy(text: str) -> float:
    """Shannon entropy in bits per character; 0 for an empty text."""
    if not text:
        return 0.0
    length = len(text)
    return -sum(n / length * log2(n / length) for n in Counter(text).values())


def is_placeholder(text: str) -> bool:
    """Whether a text stands for a value without being one: a reference, a path, stars, an obvious filler."""
    lower = text.lower()
    return lower.startswith(_REFERENCES) or any(word in lower for word in _PLACEHOLDERS)


def is_varied(text: str) -> bool:
    """Whether a text with a telling prefix goes on like a secret, and not like `glpat-xxxxxxxx`."""
    return entropy(text) >= MIN_ENTROPY and not is_placeholder(text)


def is_random(text: str) -> bool:
    """Whether a text without a telling form could have been drawn at random: letters, digits, varied."""
    return (
        len(text) >= _MIN_LENGTH
        and any(char.isdigit() for char in text)
        and any(char.isalpha() for char in text)
        and is_varied(text)
    )


def is_token(text: str) -> bool:
    """Whether a text behind a word like `Bearer` is a token and not the next word of a sentence."""
    # Letters of both cases in the middle do not happen in prose.
    mixed = any(char.isupper() for char in text[1:]) and any(char.islower() for char in text[1:])
    return is_varied(text) and (mixed or any(char.isdigit() for char in text))


def is_password(text: str) -> bool:
    """Whether a text in a password's place may be one. People choose badly, so only placeholders are spared."""
    return not is_placeholder(text) and len(set(text)) > 1
