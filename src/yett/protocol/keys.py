"""Object keys: which ones are refused, and which two mean the same to a sloppy reader.

JSON decoders differ in how they match keys to fields. Go's ignores case and folds U+017F to `s`, others stop at NUL,
drop zero-width characters or normalise (CVE-2026-27896 and its kin). What one reader skips and the next one runs is a
way around every policy, so keys that only such a reader would take for each other do not pass.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from typing import Final

from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny

KEYS_ALIKE = Reason(
    code="json.keys-alike",
    kind=Kind.PARSE,
    public="an object has two keys that differ only in case or in the form of their characters",
)
KEY_TOO_LONG = Reason(code="json.key-too-long", kind=Kind.PARSE, public="an object key is too long")
KEY_UNREADABLE = Reason(
    code="json.key-unreadable",
    kind=Kind.PARSE,
    public="an object key has invisible or control characters, or begins or ends with a space",
)
KEY_RESERVED = Reason(
    code="json.key-reserved",
    kind=Kind.PARSE,
    public="`__proto__`, `constructor` and `prototype` are not allowed as object keys",
)

# Assigning to these in JavaScript reaches the prototype that all objects share.
RESERVED: Final = frozenset({"__proto__", "constructor", "prototype"})

_DETAIL: Final = 64
"""Characters of a key that a ledger record may hold."""

# Default-ignorable code points that count as printable letters or marks (Unicode 15, DerivedCoreProperties): fillers
# and variation selectors. NFKC_Casefold drops them; Python's casefold does not.
_IGNORABLE_RANGES: Final = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_IGNORABLE: Final = dict.fromkeys(chain((0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0), *_IGNORABLE_RANGES))


def fold(key: str) -> str:
    """Return what is left of a key for a reader that ignores case, form and invisible characters."""
    if key.isascii():
        return key.lower()
    composed = unicodedata.normalize("NFKC", key).translate(_IGNORABLE)
    return unicodedata.normalize("NFKC", composed.casefold())


def alike(keys: Iterable[str], known: frozenset[str]) -> str | None:
    """Return a key that is not one of `known` but would pass for one; `None` when there is none.

    Cheap where every key is known. `known` must be a constant: what it folds to is remembered.
    """
    if known.issuperset(keys):
        return None
    folded = _folded(known)
    return next((key for key in keys if key not in known and fold(key) in folded), None)


@lru_cache(maxsize=256)
def _folded(known: frozenset[str]) -> frozenset[str]:
    return frozenset(map(fold, known))


def check_keys(keys: tuple[str, ...], longest: int) -> Deny | None:
    """Judge the keys of one object, which are distinct strings. `longest` is in bytes of UTF-8."""
    for key in keys:
        if len(key) > longest or (not key.isascii() and len(key.encode()) > longest):
            return Deny(reason=KEY_TOO_LONG, detail=f"{len(key)} characters")
        # `isprintable` is false for controls, format characters, surrogates, unassigned code points and every space
        # but U+0020.
        if not key.isprintable() or key[:1] == " " or key[-1:] == " ":
            return Deny(reason=KEY_UNREADABLE, detail=ascii(key[:_DETAIL]))
        if key in RESERVED:
            return Deny(reason=KEY_RESERVED, detail=key)
    if len(keys) > 1 and len({fold(key) for key in keys}) != len(keys):
        return Deny(reason=KEYS_ALIKE, detail=_first_alike(keys))
    return None


def _first_alike(keys: tuple[str, ...]) -> str:
    first = {fold(key): key for key in reversed(keys)}
    second = next(key for key in keys if first[fold(key)] is not key)
    return f"{first[fold(second)][:_DETAIL]!a} and {second[:_DETAIL]!a}"
