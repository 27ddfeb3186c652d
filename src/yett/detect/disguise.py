"""Takes the disguises off a text: what a model reads where a person sees nothing, or something else."""

from __future__ import annotations

import binascii
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from yett.detect.lookalike import folded

MAX_LENGTH: Final = 50_000
"""Characters that are looked at. A tool's definition may have 256 KiB; no published description has a tenth of this."""
_MIN_HIDDEN: Final = 4
"""Characters of a hidden text. A flag of a region (three tag characters) hides nothing."""

# Unicode "Default_Ignorable" characters that stand in no word of any language; ZWJ and ZWNJ do, between letters.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0]"
)
_JOINERS: Final = re.compile(r"(?<=[A-Za-z0-9 ])[\u200c\u200d]+|[\u200c\u200d]+(?=[A-Za-z0-9 ])")
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAGS: Final = re.compile("[\U000e0020-\U000e007e]+")
_FLAG: Final = re.compile("\U0001f3f4[\U000e0030-\U000e007a]{2,6}\U000e007f")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")
_ESCAPES: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])|\x9b[0-9;]*[A-Za-z]"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX: Final = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}){16,}(?![0-9A-Fa-f])")
_ESCAPED: Final = re.compile(
    r"(?:\\x[0-9a-fA-F]{2}){6,}|(?:\\u[0-9a-fA-F]{4}){6,}|(?:%[0-9A-Fa-f]{2}){6,}|(?:&#x?[0-9A-Fa-f]{2,5};){6,}"
)
_SPACED: Final = re.compile(r"(?<![A-Za-z])(?:[A-Za-z][ .\-_]){5,}[A-Za-z](?![A-Za-z])")
_WORDY: Final = re.compile(r"[^\W\d_]{2}[\s_.,/-]{1,4}[^\W\d_]{2}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{6}")
_BLANK: Final = re.compile(r"(?:(?<![ \t])[ \t]{40,}|(?<!\n)\n{12,})(?=\S)")


class Undisguised(Struct, frozen=True):
    """`plain` is the text as a model may take it; `hidden` are the texts that were not to be seen; `ways` how."""

    plain: str
    hidden: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()


def undisguise(text: str) -> Undisguised:
    """Take every disguise off. Linear in the text, of which at most `MAX_LENGTH` characters are looked at."""
    text = text[:MAX_LENGTH]
    hidden: list[str] = []
    ways: list[str] = []
    for way, found in _hidden(text):
        hidden.append(found)
        ways.append(way)
    bare = _FLAG.sub("", text)
    for way, pattern in _REMOVED:
        stripped = pattern.sub("", bare)
        if stripped != bare:
            ways.append(way)
            bare = stripped
    if _BLANK.search(bare):
        ways.append("a text far out of sight")
    spread = _SPACED.sub(_closed, bare)
    if spread != bare:
        ways.append("letters set apart")
    compact = unicodedata.normalize("NFKC", spread)
    plain = folded(compact)
    if plain != compact:
        ways.append("look-alike letters")
    return Undisguised(plain, tuple(hidden), tuple(dict.fromkeys(ways)))


_REMOVED: Final = (
    ("invisible characters", _INVISIBLE),
    ("invisible characters", _JOINERS),
    ("direction controls", _BIDI),
    ("tag characters", _TAGS),
    ("variation selectors", _SELECTORS),
    ("terminal controls", _ESCAPES),
)


def _hidden(text: str) -> Iterator[tuple[str, str]]:
    bare = _FLAG.sub("", text)
    tags = "".join(chr(ord(char) - 0xE0000) for run in _TAGS.findall(bare) for char in run)
    if len(tags) >= _MIN_HIDDEN:
        yield "tag characters", tags
    for run in _SELECTORS.findall(bare):
        if readable := _readable(bytes(_selected(char) for char in run)):
            yield "variation selectors", readable
    for pattern, way, decode in (
        (_BASE64, "base64", _from_base64),
        (_HEX, "hexadecimal", bytes.fromhex),
        (_ESCAPED, "escaped characters", _from_escapes),
    ):
        for found in pattern.findall(bare):
            if readable := _readable(decode(found)):
                yield way, readable


def _selected(char: str) -> int:
    """Two runs of variation selectors carry a byte each: VS1 to VS16 are 0 to 15, VS17 to VS256 the others."""
    code = ord(char)
    return code - 0xFE00 if code < 0xE0100 else code - 0xE0100 + 16  # noqa: PLR2004 - where the second block begins


def _from_base64(text: str) -> bytes:
    padded = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return binascii.a2b_base64(padded + "=" * (-len(padded) % 4))
    except binascii.Error:
        return b""


def _from_escapes(text: str) -> bytes:
    codes = re.findall(r"(?:\\x|\\u|%|&#x?)([0-9A-Fa-f]{2,5})", text)
    base = 10 if text.startswith("&#") and not text.startswith("&#x") else 16
    try:
        return "".join(chr(int(code, base)) for code in codes).encode()
    except (ValueError, UnicodeEncodeError):
        return b""


def _readable(content: bytes) -> str:
    """The text that bytes are, where they are one that says something: two words at least."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return ""
    printable = all(char.isprintable() or char.isspace() for char in text)
    return text if printable and _WORDY.search(text) else ""


def _closed(found: re.Match[str]) -> str:
    return re.sub(r"[ .\-_]", "", found.group())
