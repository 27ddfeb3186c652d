"""What a message was called with, as the ledger may know it: keys, and keyed digests of values. Never values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from yett.core.message import Message, Reply
from yett.ledger.mac import Mac
from yett.ledger.quotes import Quotes

ARGUMENTS_FIELD: Final = {"tools/call": "arguments", "prompts/get": "arguments"}
"""Where a method keeps its arguments. Of every other method, all parameters but `_meta` are arguments."""

MAX_KEYS: Final = 64
"""Keys written of one message; the record says how many there were beyond."""

MAX_KEY: Final = 64
_NOT_JSON: Final = (ValueError, TypeError, OverflowError, RecursionError)
"""Half a surrogate pair, a number beyond JSON: refused by the parser, so only a refusal can carry it as far as here."""

_CANONICAL: Final = msgspec.json.Encoder(order="deterministic")


def arguments_of(message: Message) -> Mapping[str, object]:
    """The top-level arguments of a message. What should be an object and is not appears under a made-up key."""
    if type(message) is Reply or not message.params:
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


def written(arguments: Mapping[str, object], mac: Mac, quotes: Quotes) -> str:
    """The arguments as a JSON object: each key, bounded, with the first 32 hex digits of its value's digest."""
    known, quote, hash_, encode = quotes.known, quotes.quote, mac.hex, _CANONICAL.encode
    items = arguments.items() if len(arguments) <= MAX_KEYS else list(arguments.items())[:MAX_KEYS]
    try:
        pairs = []
        for key, value in items:
            pairs.append(f'{known.get(key) or quote(key, MAX_KEY)}:"{hash_(encode(value))[:32]}"')
    except _NOT_JSON:
        pairs = [f'{quote(key, MAX_KEY)}:"{_digest(value, mac)}"' for key, value in items]
    return f"{{{','.join(pairs)}}}"


def _digest(value: object, mac: Mac) -> str:
    try:
        return mac.hex(_CANONICAL.encode(value))[:32]
    except _NOT_JSON:
        return "-"
