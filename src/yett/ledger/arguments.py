"""What a message was called with, as the ledger may know it: keys, and keyed digests of values. Never values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from yett.core.message import Message, Reply
from yett.ledger.mac import Mac
from yett.ledger.text import shortened

ARGUMENTS_FIELD: Final = {"tools/call": "arguments", "prompts/get": "arguments"}
"""Where a method keeps its arguments. Of every other method, all parameters but `_meta` are arguments."""

MAX_KEYS: Final = 64
"""Keys written of one message; the record says how many there were beyond."""

MAX_KEY: Final = 64
_DIGEST: Final = 32
"""Hex digits: 128 bits, far beyond chance collisions in a ledger's life."""

_CANONICAL: Final = msgspec.json.Encoder(order="deterministic")


def arguments_of(message: Message) -> Mapping[str, object]:
    """The top-level arguments of a message. What should be an object and is not appears under a made-up key."""
    if isinstance(message, Reply) or not message.params:
        return {}
    params: object = message.params
    field = ARGUMENTS_FIELD.get(message.method)
    if field is not None and isinstance(params, dict):
        params = params.get(field, {})
    if not isinstance(params, dict):
        return {"(not an object)": params}
    if field is None and "_meta" in params:
        return {key: value for key, value in params.items() if key != "_meta"}
    return params


def digests(arguments: Mapping[str, object], mac: Mac) -> dict[str, str]:
    """Each key, bounded, with the digest of its value; at most `MAX_KEYS` of them, in the order they came."""
    kept: dict[str, str] = {}
    for key, value in arguments.items():
        if len(kept) == MAX_KEYS:
            break
        kept[key if len(key) <= MAX_KEY else shortened(key, MAX_KEY, mac)] = _digest(value, mac)
    return kept


def _digest(value: object, mac: Mac) -> str:
    try:
        return mac.hex(_CANONICAL.encode(value))[:_DIGEST]
    except (ValueError, TypeError, OverflowError, RecursionError):
        # Half a surrogate pair or a number beyond JSON: refused by the parser, so only a refusal can carry it here.
        return "-"
