"""Strangers' text in records: bounded, and in the end printable ASCII alone."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec

from yett.ledger.mac import Mac

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_DIGEST: Final = 16
"""Hex digits that stand for what was cut off."""


def shortened(text: str, limit: int, mac: Mac) -> str:
    """`text` in at most `limit` characters: its beginning, its length and a keyed digest of the whole.

    Two long texts that differ anywhere stay different, and the digest says nothing to those without the key.
    """
    mark = f"~{len(text)}~{mac.hex(text.encode('utf-8', 'surrogatepass'))[:_DIGEST]}"
    return text[: max(0, limit - len(mark))] + mark


def encoded(encoder: msgspec.json.Encoder, record: Any) -> bytes:
    """One JSON object of printable ASCII, so that no byte of it can start a line or speak to a terminal."""
    try:
        line = encoder.encode(record)
    except UnicodeEncodeError:
        return _escaped(record)
    return line if line.isascii() and b"\x7f" not in line else _escaped(record)


def _escaped(record: Any) -> bytes:
    # Half a surrogate pair is no text, and strict readers refuse its escape: it becomes U+FFFD, as decoders do it.
    raw = json.dumps(msgspec.to_builtins(record), ensure_ascii=False, separators=(",", ":"))
    ascii_only = json.dumps(json.loads(_SURROGATE.sub("\ufffd", raw)), separators=(",", ":"))
    return ascii_only.replace("\x7f", "\\u007f").encode("ascii")
