"""Letters of other scripts that look like Latin ones, folded into what they look like (Unicode TR 39, a small part)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# The letters that fonts draw alike. Whole words of one script are that script's own; only mixed words are folded.
_ALIKE: Final = str.maketrans(
    "аеорсухкмнтвіјѕһԁԛԝАЕОРСУХКМНТВІЈЅԌԚԜαινορτυχκΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡıօոսցӏɩᴏѵѡ",
    "aeopcyxkmhtbijshdqwAEOPCYXKMHTBIJSGQWaivoptuxkABEZHIKMNOPTYXagionugliovw",
)
_WORD: Final = re.compile(r"[^\W_]+")
_LATIN: Final = re.compile("[A-Za-z]")


def folded(text: str) -> str:
    """The text with look-alike letters of mixed words replaced. Same length."""
    return text if text.isascii() else _WORD.sub(_fold, text)


def skeleton(name: str) -> str:
    """What a name looks like: names with one skeleton are taken for each other."""
    plain = unicodedata.normalize("NFKC", name).translate(_ALIKE).casefold()
    plain = plain.replace("rn", "m").replace("vv", "w").replace("0", "o").replace("1", "l").replace("i", "l")
    return re.sub(r"[\W_]", "", plain)


def is_mixed(name: str) -> bool:
    """Whether a word is written in letters of several scripts that look alike."""
    return any(folded(word) != word for word in _WORD.findall(name))


def _fold(found: re.Match[str]) -> str:
    word = found.group()
    return word.translate(_ALIKE) if _LATIN.search(word) else word
