"""Makes YAML of JSON as clients write it: with comments, and with characters beyond U+FFFF as two escapes."""

from __future__ import annotations

import re
from typing import Final

# Not behind a colon: `{ "listen": http://127.0.0.1:8080 }` is YAML.
_COMMENT: Final = r"(?<![^\s,{}\[\]\"])//[^\r\n]*|/\*.*?\*/"
# An object whose first key is in double quotes: nobody writes YAML like that by hand.
_JSON: Final = re.compile(rf'(?:\s|{_COMMENT})*\{{(?:\s|{_COMMENT})*["}}]', re.DOTALL)
_TOKEN: Final = re.compile(rf'"(?:[^"\\]|\\.)*"|{_COMMENT}', re.DOTALL)
_PAIR: Final = re.compile(r"(\\\\)|\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def as_yaml(text: str) -> str:
    """The same document in words that YAML knows; a text that is no JSON object comes back as it is.

    Every line keeps its number, and every value its column unless a pair of escapes stands before it.
    """
    return _TOKEN.sub(_converted, text) if _JSON.match(text) else text


def _converted(token: re.Match[str]) -> str:
    text = token.group()
    if text.startswith('"'):
        return _PAIR.sub(_joined, text)
    return re.sub(r"[^\r\n]", " ", text)


def _joined(pair: re.Match[str]) -> str:
    if pair[1]:
        return pair[1]  # an escaped backslash: what follows it is text
    high, low = int(pair[2], 16), int(pair[3], 16)
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"
