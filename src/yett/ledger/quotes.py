"""Text as a JSON string of printable ASCII, bounded, and remembered where it is short: names come again and again."""

from __future__ import annotations

import re
from json.encoder import encode_basestring_ascii
from typing import Final

from yett.ledger.mac import Mac
from yett.ledger.text import shortened

REMEMBERED: Final = 64
"""Characters: the smallest bound of any field, so that what is remembered holds for every field."""

_WORDS: Final = 8192
"""Remembered at most, some 2 MiB. When full, it starts anew: strangers can make it useless, not large."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Quotes:
    """Quotes strings. `known` may be asked first; what it lacks, `quote` makes."""

    __slots__ = ("_mac", "known")

    def __init__(self, mac: Mac) -> None:
        self.known: Final[dict[str, str]] = {}
        self._mac = mac

    def quote(self, text: str, limit: int) -> str:
        """`text` in quotes, cut to `limit` characters."""
        if len(text) > limit:
            return ascii_string(shortened(text, limit, self._mac))
        quoted = ascii_string(text)
        if len(text) <= REMEMBERED:
            if len(self.known) >= _WORDS:
                self.known.clear()
            self.known[text] = quoted
        return quoted


def ascii_string(text: str) -> str:
    """`text` as a JSON string in which every byte is printable ASCII."""
    if text.isascii() and text.isprintable():
        return encode_basestring_ascii(text)
    # Half a surrogate pair is no text, and strict readers refuse its escape: it becomes U+FFFD, as decoders do it.
    return encode_basestring_ascii(_SURROGATE.sub("\ufffd", text)).replace("\x7f", "\\u007f")
