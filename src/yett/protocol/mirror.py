"""Parameters mirrored into headers (`x-mcp-header`): their annotations, their encoding, and whether both sides agree.

Source: 2026-07-28, Streamable HTTP, "Custom Headers from Tool Parameters". A header that the tool does not declare is
neither believed nor forwarded: what goes upstream is derived from the message alone.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator, Sequence
from typing import Any, Final

from yett.core.exchange import Mirrored, Tool
from yett.core.message import JsonObject, Message, Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.protocol.document import SAFE_INTEGER

ANNOTATION_WRONG = Reason(
    code="mirror.annotation", kind=Kind.UPSTREAM_BROKEN, public="the tool's `x-mcp-header` annotations are not valid"
)
PARAM_MISMATCH = Reason(
    code="mirror.mismatch",
    kind=Kind.HEADERS,
    public="an `Mcp-Param` header does not agree with the argument it mirrors",
)

TOKEN_LENGTH: Final = 64
ANNOTATIONS: Final = 32
"""Of one tool; each is a header line of every call, and a head has a hundred at most."""

_KEY: Final = "x-mcp-header"
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TYPES: Final = frozenset({"string", "integer", "boolean"})
# Behind `Mcp-Param-` these names could do no harm, but a tool that asks for them wants a secret in a header, where
# proxies log it.
_SECRETIVE: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "password"}
)

_SENTINEL: Final = ("=?base64?", "?=")
_PLAIN: Final = re.compile(r"[\x20-\x7e]*")
_DECIMAL: Final = re.compile(r"(-?(?:0|[1-9][0-9]{0,18}))(?:\.0{1,18})?")

# JSON Schema 2020-12: keywords that hold schemas, by the shape of their value. `properties` alone keeps the way from
# the root; `$ref` is not followed; `default`, `enum`, `const` and `examples` hold data.
_ONE: Final = (
    "items", "contains", "unevaluatedItems", "additionalItems", "additionalProperties", "propertyNames",
    "unevaluatedProperties", "not", "if", "then", "else", "contentSchema",
)  # fmt: skip
_MANY: Final = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_NAMED: Final = ("patternProperties", "dependentSchemas", "$defs", "definitions", "dependencies")


def encode_value(value: str) -> str:
    """Return the header form of a string: itself where it survives the journey, else base64 between markers."""
    if _PLAIN.fullmatch(value) and value == value.strip() and not _is_marked(value):
        return value
    return _SENTINEL[0] + b64encode(value.encode()).decode() + _SENTINEL[1]


def decode_value(value: str) -> str | None:
    """Undo `encode_value`; `None` for base64 that an encoder would not have written, or that is no UTF-8.

    Strict to the bit: a lenient reader would see another name than a strict one.
    """
    if not _is_marked(value):
        return value
    payload = value[len(_SENTINEL[0]) : -len(_SENTINEL[1])]
    try:
        decoded = b64decode(payload, validate=True)
        text = decoded.decode()
    except (Base64Error, ValueError):
        return None
    return text if b64encode(decoded).decode() == payload else None


def _is_marked(value: str) -> bool:
    return value.startswith(_SENTINEL[0]) and value.endswith(_SENTINEL[1], len(_SENTINEL[0]))


def mirrored(definition: JsonObject) -> tuple[Mirrored, ...] | Deny:
    """Read the annotations of a tool's `inputSchema`; a single wrong one makes the whole definition unusable."""
    found: list[Mirrored] = []
    seen: set[str] = set()
    for path, schema in _schemas(definition.get("inputSchema")):
        if _KEY not in schema:
            continue
        header, kind = schema[_KEY], schema.get("type")
        problem = _problem(path, header, kind) or ("used twice" if header.lower() in seen else "")
        if problem or len(found) == ANNOTATIONS:
            return Deny(reason=ANNOTATION_WRONG, detail=problem or f"more than {ANNOTATIONS}")
        seen.add(header.lower())
        found.append(Mirrored(header=header, path=path or (), type=str(kind)))
    return tuple(sorted(found, key=lambda one: one.header))


def check(given: Sequence[tuple[str, str]], message: Message, tool: Tool | None) -> Deny | None:
    """Compare `Mcp-Param-*` headers, by the lower-case rest of their names, with the arguments they mirror."""
    if type(message) is not Request or message.method != "tools/call" or tool is None:
        return None
    headers = dict(given)
    arguments = (message.params or {}).get("arguments")
    for one in tool.mirrored:
        value = _value_at(arguments, one.path)
        sent = headers.get(one.header.lower())
        if not _agree(value, sent):
            problem = "missing" if sent is None else "without argument" if value is None else "different"
            return Deny(reason=PARAM_MISMATCH, detail=f"{one.header}: {problem}")
    return None


def derived(message: Message, tool: Tool | None) -> Iterator[tuple[bytes, bytes]]:
    """Yield the `mcp-param-*` headers of a call, from its arguments."""
    if type(message) is Request and message.method == "tools/call" and tool is not None:
        arguments = (message.params or {}).get("arguments")
        for one in tool.mirrored:
            text = _text(_value_at(arguments, one.path))
            if text is not None:
                yield b"mcp-param-" + one.header.lower().encode(), encode_value(text).encode()


def _schemas(root: object) -> Iterator[tuple[tuple[str, ...] | None, JsonObject]]:
    """Yield every schema position, with its chain of `properties` or `None` where another keyword is on the way."""
    waiting: list[tuple[tuple[str, ...] | None, Any]] = [((), root)]
    while waiting:
        path, schema = waiting.pop()
        if type(schema) is not dict:
            continue
        yield path, schema
        properties = schema.get("properties")
        if type(properties) is dict:
            waiting += [((*path, name) if path is not None else None, sub) for name, sub in properties.items()]
        waiting += [(None, schema[keyword]) for keyword in _ONE if keyword in schema]
        for keyword in _MANY:
            if type(schema.get(keyword)) is list:
                waiting += [(None, sub) for sub in schema[keyword]]
        for keyword in _NAMED:
            if type(schema.get(keyword)) is dict:
                waiting += [(None, sub) for sub in schema[keyword].values()]


def _problem(path: tuple[str, ...] | None, header: object, kind: object) -> str:
    if not path:
        return "not on a property that the root reaches through `properties` alone"
    if type(header) is not str or len(header) > TOKEN_LENGTH or not _TOKEN.fullmatch(header):
        return "not a header name"
    if header.lower() in _SECRETIVE:
        return f"`{header}` belongs to a credential"
    return "" if type(kind) is str and kind in _TYPES else "not on a string, integer or boolean"


def _value_at(arguments: object, path: Sequence[str]) -> object:
    value = arguments
    for key in path:
        value = value.get(key) if type(value) is dict else None
    return value


def _text(value: object) -> str | None:
    """Return an argument as the header says it; `None` for what has no such form."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    number = _whole(value)
    return None if number is None else str(number)


def _whole(value: object) -> int | None:
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and -SAFE_INTEGER <= value <= SAFE_INTEGER else None


def _agree(value: object, sent: str | None) -> bool:
    text = _text(value)
    if sent is None or text is None:
        # `null` and absent arguments have no header; neither has what the annotation does not allow.
        return sent is None and text is None
    decoded = decode_value(sent)
    if type(value) is str or type(value) is bool:
        return decoded == text
    # Integers compare as numbers: `42.0` is 42.
    match = _DECIMAL.fullmatch(decoded or "")
    return match is not None and int(match[1]) == _whole(value)
