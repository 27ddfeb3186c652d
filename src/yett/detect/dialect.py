"""Brings a JSON Schema of any recent dialect into one form: 2020-12, known keywords only, references resolved.

What comes out holds no annotations, defaults or examples, and no reference that leads anywhere but into the schema
itself: nothing is left that could fetch, quote or surprise. What cannot be brought there is a problem, in words that
quote nothing but a pointer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, unquote

from yett.core.message import JsonObject
from yett.detect.places import CHILD_LIST, CHILD_MAP, CHILD_ONE, DEFINITIONS, IN_PLACE_LIST, IN_PLACE_MAP, IN_PLACE_ONE
from yett.detect.size import LONG_TEXT

WHOLE: Final = "x-yett-whole"
"""Our own keyword beside an integer: `1.0` is none. It is at work only where arguments hold such a number."""

MAX_DEPTH: Final = 32
MAX_SUBSCHEMAS: Final = 2_000
MAX_PATTERNS: Final = 64
MAX_UNEVALUATED: Final = 2
"""Uses of `unevaluated...`. The validator compiles all below such a keyword once more: six, nested, take seconds."""

_DIALECTS: Final = (
    "json-schema.org/draft/2020-12/schema",
    "json-schema.org/draft/2019-09/schema",
    "json-schema.org/draft-07/schema",
    "json-schema.org/draft-06/schema",
)
_REF_ALONE: Final = frozenset(_DIALECTS[2:])
"""Dialects in which nothing beside a `$ref` counts."""
_ASSERTIONS: Final = (
    "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
    "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains", "maxProperties",
    "minProperties", "required", "dependentRequired",
)  # fmt: skip
_MOVING: Final = ("$dynamicRef", "$recursiveRef")
_DELICATE: Final = ("not", "if", "oneOf", "maxContains")
_UNEVALUATED: Final = ("unevaluatedProperties", "unevaluatedItems")


class Dialect:
    """One walk over one schema. `problem` says why it is unusable, or is empty; the rest holds only without one.

    `patterns` and `unevaluated` are how many there are of these. `delicate` says that somewhere a stricter part would
    make the whole laxer.
    """

    def __init__(self, schema: Any) -> None:
        self.problem = ""
        self.delicate = False
        self.patterns = 0
        self.unevaluated = 0
        self._count = 0
        self._moved: dict[str, str] = {}
        """From the pointer of each subschema, as it was, to its pointer in what comes out."""
        self._references: list[tuple[JsonObject, Any]] = []
        self._ref_alone = False
        self._id = ""
        self.schema: JsonObject = {}
        if not isinstance(schema, dict):
            self._refuse("it is no object")
            return
        self._read_dialect(schema)
        self.schema = self._node(schema, "#", "#", 1)
        self._resolve()

    def _refuse(self, problem: str) -> None:
        self.problem = self.problem or problem

    def _read_dialect(self, schema: JsonObject) -> None:
        dialect = schema.get("$schema", _DIALECTS[0])
        plain = dialect.rstrip("#").partition("://")[2] or dialect if isinstance(dialect, str) else ""
        if plain not in _DIALECTS:
            self._refuse("its dialect is unknown")
        self._ref_alone = plain in _REF_ALONE
        self._id = schema["$id"].rstrip("#") if isinstance(schema.get("$id"), str) else ""

    def _node(self, node: Any, was: str, now: str, depth: int) -> Any:
        """Copy one subschema, keyword by keyword. `was` and `now` are its pointers before and after."""
        self._count += 1
        self._moved[was] = now
        if isinstance(node, bool):
            return node
        if not isinstance(node, dict):
            self._refuse(f"{was[:100]!a} is no schema")
            return {}
        if depth > MAX_DEPTH or self._count > MAX_SUBSCHEMAS:
            self._refuse("it is nested too deeply" if depth > MAX_DEPTH else "it has too many parts")
            return {}
        copy: JsonObject = {}
        alone = self._ref_alone and "$ref" in node
        if not alone:
            self._notice(node, is_root=was == "#")
            self._assertions(node, copy)
        for key, part, suffix in _parts(node, only_definitions=alone):
            holder, name = _place(copy, key)
            holder[name] = self._node(
                part, was + suffix, now + "".join(f"/{_escaped(step)}" for step in key), depth + 1
            )
        if "$ref" in node:
            copy["$ref"] = node["$ref"]
            self._references.append((copy, node["$ref"]))
        return copy

    def _notice(self, node: JsonObject, *, is_root: bool) -> None:
        """Refuse what we do not follow, count what costs."""
        if any(key in node for key in _MOVING):
            self._refuse("it uses dynamic references")
        if "$id" in node and not is_root:
            self._refuse("a part of it has an `$id` of its own")
        self.delicate = self.delicate or any(key in node for key in _DELICATE)
        self.unevaluated += sum(key in node for key in _UNEVALUATED)
        if self.unevaluated > MAX_UNEVALUATED:
            self._refuse("it uses `unevaluated...` too often")
        named = node.get("patternProperties")
        self.patterns += ("pattern" in node) + (len(named) if isinstance(named, dict) else 0)
        if self.patterns > MAX_PATTERNS:
            self._refuse("it has too many patterns")

    def _assertions(self, node: JsonObject, copy: JsonObject) -> None:
        copy.update((key, node[key]) for key in _ASSERTIONS if key in node)
        dependencies = node.get("dependencies")
        if isinstance(dependencies, dict):
            lists = {key: names for key, names in dependencies.items() if isinstance(names, list)}
            copy.update({"dependentRequired": {**lists, **copy.get("dependentRequired", {})}} if lists else {})
        if "pattern" in node:
            limit = node.get("maxLength")
            copy["maxLength"] = min(limit, LONG_TEXT) if type(limit) is int else LONG_TEXT
        if _wants_whole(node):
            copy[WHOLE] = True

    def _resolve(self) -> None:
        """Point every reference to where its target is now."""
        for holder, reference in self._references:
            local = reference if isinstance(reference, str) else ""
            if self._id and local.startswith(self._id):
                local = local[len(self._id) :] or "#"
            target = self._moved.get(local) or self._moved.get(unquote(local))
            if target is None:
                self._refuse("a reference in it leads to no part of it")
                return
            holder["$ref"] = quote(target, safe="#/~$")


_Key = tuple[str, ...]
"""A keyword, and the name or number below it."""


def _parts(node: JsonObject, *, only_definitions: bool) -> Iterator[tuple[_Key, Any, str]]:
    """The subschemas of a node: where each goes, itself, and the end of its pointer as it was."""
    for keyword in DEFINITIONS if only_definitions else (*DEFINITIONS, *CHILD_MAP, *IN_PLACE_MAP):
        yield from _named(node, keyword, keyword)
    if only_definitions:
        return
    for keyword in (*CHILD_ONE, *IN_PLACE_ONE):
        if keyword in node and not (keyword == "items" and isinstance(node["items"], list)):
            yield (keyword,), node[keyword], f"/{keyword}"
    for keyword in (*CHILD_LIST, *IN_PLACE_LIST):
        yield from _numbered(node, keyword, keyword)
    # Before 2020-12 a list in `items` was what `prefixItems` is now, and `additionalItems` what `items` is.
    if isinstance(node.get("items"), list):
        yield from _numbered(node, "items", "prefixItems")
        if "additionalItems" in node:
            yield ("items",), node["additionalItems"], "/additionalItems"
    yield from _named(node, "dependencies", "dependentSchemas")


def _named(node: JsonObject, keyword: str, becomes: str) -> Iterator[tuple[_Key, Any, str]]:
    parts = node.get(keyword)
    if isinstance(parts, dict):
        for name, part in parts.items():
            if not (keyword == "dependencies" and isinstance(part, list)):
                yield (becomes, name), part, f"/{keyword}/{_escaped(name)}"
    elif keyword in node:
        yield (becomes, ""), None, f"/{keyword}"


def _numbered(node: JsonObject, keyword: str, becomes: str) -> Iterator[tuple[_Key, Any, str]]:
    parts = node.get(keyword)
    if isinstance(parts, list):
        for number, part in enumerate(parts):
            yield (becomes, str(number)), part, f"/{keyword}/{number}"
    elif keyword in node:
        yield (becomes, "0"), None, f"/{keyword}"


def _place(copy: JsonObject, key: _Key) -> tuple[Any, Any]:
    """Where in the copy a part goes: its holder, and its name there."""
    if len(key) == 1:
        return copy, key[0]
    keyword, name = key
    if keyword in (*CHILD_LIST, *IN_PLACE_LIST):
        holder = copy.setdefault(keyword, [])
        holder.append(None)
        return holder, len(holder) - 1
    return copy.setdefault(keyword, {}), name


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _wants_whole(node: JsonObject) -> bool:
    """Whether a number here must be an integer as it is written."""
    types = node.get("type")
    named = types if isinstance(types, list) else [types]
    if "number" in named:
        return False
    values = node["enum"] if isinstance(node.get("enum"), list) else [node.get("const")]
    return "integer" in named or (any(type(v) is int for v in values) and not any(type(v) is float for v in values))
