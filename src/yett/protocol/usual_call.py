"""A `tools/call` as clients usually write it: read by its shape, so that only what varies is looked at.

`jsonrpc.parse()` is the rule, and this is its short form. Each message it gives is the one that `parse()` gives for the
same bytes; whatever it is not sure of, good or bad, it leaves to `parse()`.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from msgspec import MsgspecError, Raw, Struct, field
from msgspec.json import Decoder, Encoder

from yett.core.message import JsonObject, Request
from yett.protocol import document
from yett.protocol.document import BACKSLASH, DEFAULT, SAFE_INTEGER, Bounds
from yett.protocol.jsonrpc import ID_LENGTH

LONGEST: Final = 16_384
"""Longer bodies are left to `jsonrpc.parse()`: what this saves is nothing beside reading them."""
BRACKETS: Final = 32
"""More could be nested deeper than a bound allows; arguments of a call have few."""

_REMEMBERED: Final = 1_024
_REMEMBERED_BYTES: Final = 2_048
"""Names and `_meta` objects that are remembered, and the longest of them: 4 MiB at most. When full, it starts anew."""


class Likeness:
    """What calls have in common that differ in their id and arguments alone: one object for all of them."""

    __slots__ = ("meta", "name")

    def __init__(self, name: str, meta: JsonObject) -> None:
        self.name = name
        self.meta = meta


class UsualCall(Struct, frozen=True, gc=False):
    """A call whose canonical encoding is the very body it came in."""

    request: Request
    likeness: Likeness


class _NameFirst(Struct, forbid_unknown_fields=True):
    name: str
    arguments: dict[str, Any]
    meta: Raw = field(name="_meta")


class _MetaFirst(Struct, forbid_unknown_fields=True):
    meta: Raw = field(name="_meta")
    name: str
    arguments: dict[str, Any]


# The members in the order that the specification's examples have, and in those of the official SDKs.


class _Call(Struct, forbid_unknown_fields=True):
    jsonrpc: Literal["2.0"]
    id: int | str
    method: Literal["tools/call"]
    params: _NameFirst


class _CallMetaFirst(Struct, forbid_unknown_fields=True):
    jsonrpc: Literal["2.0"]
    id: int | str
    method: Literal["tools/call"]
    params: _MetaFirst


class _MethodFirst(Struct, forbid_unknown_fields=True):
    method: Literal["tools/call"]
    params: _NameFirst
    jsonrpc: Literal["2.0"]
    id: int | str


class _MethodMetaFirst(Struct, forbid_unknown_fields=True):
    method: Literal["tools/call"]
    params: _MetaFirst
    jsonrpc: Literal["2.0"]
    id: int | str


_DECODERS: Final = {
    (method_first, meta_first): Decoder(shape).decode
    for method_first, meta_first, shape in (
        (False, False, _Call),
        (False, True, _CallMetaFirst),
        (True, False, _MethodFirst),
        (True, True, _MethodMetaFirst),
    )
}
_encode = Encoder().encode
_KNOWN: dict[tuple[str, bytes], Likeness] = {}


def read(body: bytes, bounds: Bounds = DEFAULT) -> UsualCall | None:
    """The call in a body that is written in a usual way; `None` for every other body. Never raises."""
    if (
        len(body) > LONGEST
        or len(body) > bounds.bytes
        or len(body) > bounds.nodes
        or bounds.depth < BRACKETS
        or bounds.key < DEFAULT.key
        or BACKSLASH in body  # an escape: no two spellings of one text are judged here
        or body.count(b"{") + body.count(b"[") > BRACKETS
    ):
        return None
    meta_first = body.find(b'"params":{"_meta":') >= 0
    try:
        call: Any = _DECODERS[body.startswith(b'{"method":'), meta_first](body)
        # Equal bytes: no key twice, no white space, no other order, one way to write each number.
        if _encode(call) != body:
            return None
    except (MsgspecError, ValueError, RecursionError):
        return None
    number, params = call.id, call.params
    if len(number) > ID_LENGTH if type(number) is str else not -SAFE_INTEGER <= number <= SAFE_INTEGER:
        return None
    name, arguments = params.name, params.arguments
    likeness = _KNOWN.get((name, bytes(params.meta))) or _new(name, bytes(params.meta))
    if likeness is None or document.check_values(arguments, body, bounds) is not None:
        return None
    if meta_first:
        request = Request(
            id=number, method="tools/call", params={"_meta": likeness.meta, "name": name, "arguments": arguments}
        )
    else:
        request = Request(
            id=number, method="tools/call", params={"name": name, "arguments": arguments, "_meta": likeness.meta}
        )
    return UsualCall(request, likeness)


def _new(name: str, raw: bytes) -> Likeness | None:
    """Judge a `_meta` as any document is judged, and remember it with the tool's name."""
    found = document.read(raw)
    if type(found) is not document.Document or type(found.value) is not dict or found.encoded != raw:
        return None
    likeness = Likeness(name, found.value)
    if len(name) + len(raw) <= _REMEMBERED_BYTES:
        if len(_KNOWN) >= _REMEMBERED:
            _KNOWN.clear()
        _KNOWN[name, raw] = likeness
    return likeness
