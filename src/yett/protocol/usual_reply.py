"""A reply as servers usually write it: read by its shape, as `usual_call` reads calls.

`jsonrpc.parse()` is the rule, and this is its short form. Each reply it gives is the one that `parse()` gives for the
same bytes; whatever it is not sure of, good or bad, it leaves to `parse()`.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import MsgspecError, Struct
from msgspec.json import Decoder, Encoder

from yett.core.message import Reply
from yett.protocol import document
from yett.protocol.document import BACKSLASH, DEFAULT, SAFE_INTEGER, Bounds
from yett.protocol.jsonrpc import ID_LENGTH
from yett.protocol.usual_call import BRACKETS, LONGEST

# The members in the order of the specification and the Python SDK, and in that of the TypeScript SDK.


class _EnvelopeFirst(Struct, forbid_unknown_fields=True):
    jsonrpc: Literal["2.0"]
    id: int | str
    result: dict[str, Any]


class _ResultFirst(Struct, forbid_unknown_fields=True):
    result: dict[str, Any]
    jsonrpc: Literal["2.0"]
    id: int | str


_envelope_first = Decoder(_EnvelopeFirst).decode
_result_first = Decoder(_ResultFirst).decode
_encode = Encoder().encode


def read(body: bytes, bounds: Bounds = DEFAULT) -> Reply | None:
    """The reply in a body that is written in a usual way, canonically; `None` for every other body. Never raises."""
    if (
        len(body) > LONGEST
        or len(body) > bounds.bytes
        or len(body) > bounds.nodes
        or bounds.depth < BRACKETS
        or bounds.key < DEFAULT.key
        or body.count(b"{") + body.count(b"[") > BRACKETS
    ):
        return None
    try:
        reply: Any = _result_first(body) if body.startswith(b'{"result":') else _envelope_first(body)
        # Equal bytes: no key twice, no white space, no other order, one way to write each number and each text.
        if _encode(reply) != body:
            return None
    except (MsgspecError, ValueError, RecursionError):
        return None
    number, result = reply.id, reply.result
    if type(number) is int:
        if not -SAFE_INTEGER <= number <= SAFE_INTEGER:
            return None
    elif len(number) > ID_LENGTH or BACKSLASH in body:  # an escape may be of U+0000, which no id may hold
        return None
    return Reply(id=number, result=result) if document.check_values(result, body, bounds) is None else None
