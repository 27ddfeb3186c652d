"""Strict JSON: bytes to a plain value and its canonical bytes, or a refusal. Never raises, whatever the bytes.

What is accepted here reads the same everywhere: each rule below closes a gap between two parsers that exist. The
decoder is msgspec, which already refuses malformed numbers, escapes and UTF-8, lone surrogates, NaN and trailing
bytes. It keeps the last of two equal keys, so duplicates are found by encoding again: a value that gives the very
bytes it came from had none. Otherwise the members are counted, in the document and in what was decoded from it.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import accumulate
from typing import Any, Final

from msgspec import DecodeError, Struct
from msgspec.json import Decoder, Encoder

from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.protocol.keys import check_keys

TOO_LARGE = Reason(code="json.too-large", kind=Kind.HTTP_TOO_LARGE, public="the message is too large")
MALFORMED = Reason(code="json.malformed", kind=Kind.PARSE, public="the body is not valid JSON in UTF-8")
TOO_DEEP = Reason(code="json.too-deep", kind=Kind.PARSE, public="the JSON is nested too deeply")
TOO_MANY_VALUES = Reason(code="json.too-many-values", kind=Kind.PARSE, public="the JSON holds too many values")
KEY_TWICE = Reason(code="json.key-twice", kind=Kind.PARSE, public="an object has the same key twice")
NUL = Reason(code="json.nul", kind=Kind.PARSE, public="a string holds U+0000")
NUMBER_INEXACT = Reason(
    code="json.number-inexact", kind=Kind.PARSE, public="an integer is too large to be read exactly by every parser"
)

SAFE_INTEGER: Final = 2**53 - 1
"""The largest integer that every JSON parser keeps (RFC 8259, section 6)."""
_SAFE: Final = (-SAFE_INTEGER, SAFE_INTEGER)
_SIXTY_FOUR_BITS: Final = (-(2**63), 2**64 - 1)


class Bounds(Struct, frozen=True, kw_only=True):
    """How large a document may be.

    `nodes` counts values, empty containers twice; `key` is in bytes of UTF-8. `exact` lets integers of 64 bits pass,
    for servers known to keep them; others would round them.
    """

    bytes: int = 1024 * 1024
    depth: int = 64
    nodes: int = 100_000
    key: int = 1024
    exact: bool = False


DEFAULT: Final = Bounds()


class Document(Struct, frozen=True, gc=False):
    """A decoded value, and the bytes that encode it canonically: what was judged is what is sent."""

    value: Any
    encoded: bytes


_DECODER: Final = Decoder()
_ENCODER: Final = Encoder()

# Key tuples that were judged and found good, so that the objects every call has cost one look-up. Only small ones are
# remembered, and only as many: strangers choose them. What is remembered is a pure function's answer.
_GOOD: set[tuple[str, ...]] = set()
_GOOD_ENTRIES: Final = 4096
_GOOD_CHARACTERS: Final = 256
_GOOD_BYTES: Final = 4 * _GOOD_CHARACTERS
_NOTHING: Final[frozenset[tuple[str, ...]]] = frozenset()

BACKSLASH: Final = 0x5C
"""To look for in bytes: as a number, because `bytes in bytes` raises and drops a `TypeError` first (160 ns; 3.11)."""

_CONTAINERS: Final = frozenset({dict, list})
_SHORT: Final = 2_048
"""Bytes up to which looking at all of them costs less than looking at the values."""
_DIGITS: Final = bytes(48 if 48 <= byte < 58 else 32 for byte in range(256))  # noqa: PLR2004 - ASCII
_MANY_DIGITS: Final = b"0" * 16
"""As many digits as `SAFE_INTEGER` has; fewer are never too many."""

_SHALLOW: Final = 500
"""Bytes or brackets. With fewer, decoding nests too little to trouble any stack: the depth can be told afterwards."""

_NOT_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"{[]}")
_STEPS: Final = bytes.maketrans(b"{[]}", b"\x01\x01\xff\xff")
"""Brackets as signed bytes: one down, one up."""


def read(body: bytes, bounds: Bounds = DEFAULT) -> Document | Deny:
    """Decode one document, or say which rule it broke."""
    if len(body) > bounds.bytes:
        return Deny(reason=TOO_LARGE, detail=f"{len(body)} bytes")
    if len(body) > _SHALLOW or len(body) > bounds.nodes:
        deny = _check_shape(body, bounds)
        if deny is not None:
            return deny
    try:
        value = _DECODER.decode(body)
        encoded = _ENCODER.encode(value)
    except (DecodeError, ValueError, RecursionError) as error:
        return Deny(reason=MALFORMED, detail=_where(error))
    if encoded != body and _members(body) != _members(encoded):
        return Deny(reason=KEY_TWICE)
    return check_values(value, encoded, bounds) or Document(value, encoded)


def encode(value: Any) -> bytes:
    """Encode a plain JSON value canonically: no white space, UTF-8, keys in the order they have."""
    return _ENCODER.encode(value)


def _where(error: Exception) -> str:
    # msgspec's texts name a byte and a rule; those of a UnicodeDecodeError would quote the body.
    return str(error) if isinstance(error, DecodeError) else type(error).__name__


def _unescaped(body: bytes) -> bytes:
    """Return the document without escaped quotes: the quotes that are left begin and end strings.

    Right for every document up to its first error, which is as far as a decoder reads: in a run of backslashes pairs
    go first, so one that is left escapes what follows.
    """
    return body.replace(b"\\\\", b"").replace(b'\\"', b"") if BACKSLASH in body else body


def _outside_strings(unescaped: bytes) -> bytes:
    return b"".join(unescaped.split(b'"')[::2])


def _members(body: bytes) -> int:
    """Count the object members of a valid document. Runs in C, in linear time."""
    return _outside_strings(_unescaped(body)).count(b":")


def _check_shape(body: bytes, bounds: Bounds) -> Deny | None:
    """Refuse what is too deep or too wide before anything is built from it."""
    half = _SHALLOW // 2
    if _at_most(half, b"{", body) and _at_most(half, b"[", body) and _surely_narrow(body, bounds.nodes):
        return None
    unescaped = _unescaped(body)
    if unescaped.count(b'"') > 4 * bounds.nodes:  # a value has two strings at most, its key and itself
        return Deny(reason=TOO_MANY_VALUES, detail="strings")
    skeleton = _outside_strings(unescaped)
    brackets = skeleton.translate(None, _NOT_BRACKETS)
    # A value is the document, stands after a comma, or is the first in its container.
    nodes = 1 + skeleton.count(b",") + skeleton.count(b"{") + skeleton.count(b"[")
    if nodes > bounds.nodes:
        return Deny(reason=TOO_MANY_VALUES, detail=f"up to {nodes}")
    depth = max(accumulate(memoryview(brackets.translate(_STEPS)).cast("b")), default=0)
    return Deny(reason=TOO_DEEP, detail=f"{depth} levels") if depth > bounds.depth else None


def _surely_narrow(body: bytes, nodes: int) -> bool:
    """Tell whether a document with so few brackets (`_SHALLOW`) cannot hold more values than `nodes`.

    A scalar takes a byte and, but for the first in its container, a comma: half the bytes, and one for each bracket.
    """
    if len(body) // 2 + _SHALLOW < nodes:
        return True
    return 2 + _SHALLOW + body.count(b",") < nodes


def _at_most(most: int, byte: bytes, body: bytes) -> bool:
    """Tell whether a byte occurs so often at most. `find` leaps over the rest; `count` would take 0.8 ms for 1 MB."""
    position = -1
    for _ in range(most + 1):
        position = body.find(byte, position + 1)
        if position < 0:
            return True
    return False


def check_values(value: Any, encoded: bytes, bounds: Bounds = DEFAULT) -> Deny | None:
    """Judge keys, numbers, strings and depth of a decoded document, without recursion.

    `encoded` is its canonical encoding, or a longer document that holds it.
    """
    if len(encoded) > _SHORT or BACKSLASH in encoded or encoded.translate(_DIGITS).find(_MANY_DIGITS) >= 0:
        return _check_each_value(value, encoded, bounds)
    # The bytes have told already: without an escape there is no U+0000, and without so many digits in a row no integer
    # that is too large. What is left to judge are keys, and depth.
    good = _GOOD if bounds.key >= _GOOD_BYTES else _NOTHING
    if (
        type(value) is dict
        and tuple(value) in good
        and _CONTAINERS.isdisjoint(map(type, value.values()))
        and bounds.depth > 0
    ):
        return None  # a flat object, as arguments mostly are: what follows, without its loop
    containers: list[Any] = [value] if type(value) is dict else [[value]]
    for container in containers:
        items = container
        if type(container) is dict:
            keys = tuple(container)
            if keys not in good and (deny := _check_new_keys(keys, bounds)) is not None:
                return deny
            items = container.values()
        if not _CONTAINERS.isdisjoint(map(type, items)):
            for item in items:
                if type(item) in _CONTAINERS:
                    containers.append(item)  # noqa: PERF401 - a comprehension is one more frame
    return _check_depth(value, bounds) if bounds.depth < len(containers) <= _SHALLOW + 1 else None


def _check_each_value(value: Any, encoded: bytes, bounds: Bounds) -> Deny | None:
    escaped = BACKSLASH in encoded  # without one there is no U+0000 either
    # A bound tighter than what is remembered: remember nothing.
    good = _GOOD if bounds.key >= _GOOD_BYTES else _NOTHING
    lowest, highest = _SIXTY_FOUR_BITS if bounds.exact else _SAFE
    containers: list[Any] = [value] if type(value) is dict else [[value]]
    for container in containers:
        items = container
        if type(container) is dict:
            keys = tuple(container)
            if keys not in good and (deny := _check_new_keys(keys, bounds)) is not None:
                return deny
            items = container.values()
        for item in items:
            kind = type(item)
            if kind is str:
                if escaped and "\0" in item:
                    return Deny(reason=NUL)
                continue
            if kind is dict or kind is list:
                containers.append(item)
            elif kind is int and not lowest <= item <= highest:
                return Deny(reason=NUMBER_INEXACT, detail=f"{item.bit_length()} bits")
    # So few cannot be nested too deeply, and of so many the shape was checked before.
    return _check_depth(value, bounds) if bounds.depth < len(containers) <= _SHALLOW + 1 else None


def _check_depth(value: Any, bounds: Bounds) -> Deny | None:
    depth, level = 0, [value]
    while level := [item for item in level if type(item) is dict or type(item) is list]:
        depth += 1
        level = [item for container in level for item in _items(container)]
    return Deny(reason=TOO_DEEP, detail=f"{depth} levels") if depth > bounds.depth else None


def _items(container: Any) -> Collection[Any]:
    return container.values() if type(container) is dict else container


def _check_new_keys(keys: tuple[str, ...], bounds: Bounds) -> Deny | None:
    if any("\0" in key for key in keys):
        return Deny(reason=NUL)
    deny = check_keys(keys, bounds.key)
    if deny is None and sum(map(len, keys)) + len(keys) <= _GOOD_CHARACTERS:
        if len(_GOOD) >= _GOOD_ENTRIES:
            _GOOD.clear()
        _GOOD.add(keys)
    return deny
