"""The parts of a schema in our one form (see `dialect`): what applies to the same value, what to the values inside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from yett.core.message import JsonObject

DEFINITIONS: Final = ("$defs", "definitions")
IN_PLACE_ONE: Final = ("not", "if", "then", "else")
IN_PLACE_LIST: Final = ("allOf", "anyOf", "oneOf")
IN_PLACE_MAP: Final = ("dependentSchemas",)
CHILD_ONE: Final = (
    "additionalProperties", "unevaluatedProperties", "items", "unevaluatedItems", "contains", "propertyNames",
)  # fmt: skip
CHILD_LIST: Final = ("prefixItems",)
CHILD_MAP: Final = ("properties", "patternProperties")

ELSEWHERE: Final = ""
"""The key of parts for values that no property names; no property's own key is empty, as they begin with `/`."""


def in_place(node: JsonObject) -> Iterator[tuple[str, Any]]:
    """The subschemas that apply to the same value as `node`, but for its `$ref`, with their keywords."""
    yield from ((key, node[key]) for key in IN_PLACE_ONE if key in node)
    yield from ((key, part) for key in IN_PLACE_LIST for part in node.get(key, ()))
    yield from ((key, part) for key in IN_PLACE_MAP for part in node.get(key, {}).values())


def children(node: JsonObject) -> Iterator[tuple[str, Any]]:
    """The subschemas for values inside, by the property that leads to them."""
    yield from ((f"/{name}", part) for name, part in node.get("properties", {}).items())
    yield from ((ELSEWHERE, part) for part in node.get("patternProperties", {}).values())
    yield from ((ELSEWHERE, node[key]) for key in CHILD_ONE if key in node)
    yield from ((f"#{number}", part) for key in CHILD_LIST for number, part in enumerate(node.get(key, ())))


def at(schema: JsonObject, pointer: str) -> Any:
    """The subschema that one of our pointers names."""
    found: Any = schema
    for token in unquote(pointer).split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        found = found[int(name)] if isinstance(found, list) else found[name]
    return found


def places(schema: JsonObject) -> Iterator[JsonObject]:
    """The root, and every schema that describes a value inside another."""
    yield schema
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        inside = [part for _, part in children(node)]
        # Names are no objects: nothing can be closed in `propertyNames`.
        yield from (part for part in inside if isinstance(part, dict) and part is not node.get("propertyNames"))
        waiting += inside
        waiting += [part for _, part in in_place(node)]
        waiting += [part for key in DEFINITIONS for part in node.get(key, {}).values()]
