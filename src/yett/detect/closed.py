"""Closes a schema: properties that it does not describe are refused, unless it says otherwise itself.

JSON Schema lets unknown properties through where `additionalProperties` is absent, and servers hardly ever write it. We
close *places*: the root, and each schema of a value inside another, with all that applies to the same value (`$ref`,
`allOf`, `anyOf`, `if`, ...), so that composed schemas mean what their authors meant.

* A place knows the properties that anything in it names. A branch of `anyOf` or `oneOf` that stands in the place itself
  knows its own and those named outside its group: `{kind: a, ...}` does not take what only `{kind: b, ...}` has.
* `additionalProperties` or `unevaluatedProperties` anywhere in a place or branch is its author's word: it stays.
* A place inside that names no property at all is a free-form object and stays open. The root is closed even then: a
  tool's parameters have names.

This could be `unevaluatedProperties: false`, but for what compiling that costs (see `dialect.MAX_UNEVALUATED`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from yett.core.message import JsonObject
from yett.detect.places import at, in_place, places

MAX_STEPS: Final = 100_000
"""Subschemas and names looked at to find out what each place knows."""
_GROUPS: Final = ("anyOf", "oneOf")
_EXPLICIT: Final = ("additionalProperties", "unevaluatedProperties")


class _Known(Struct):
    """What a place or branch says about properties: their names, patterns for them, and whether it rules on others."""

    names: set[str]
    patterns: set[str]
    explicit: bool = False

    def __bool__(self) -> bool:
        return bool(self.names or self.patterns)

    def with_(self, other: _Known) -> _Known:
        return _Known(self.names | other.names, self.patterns | other.patterns, self.explicit or other.explicit)


class Closing:
    """Closes `schema`, in our one form, in place. `problem` says why that failed, or is empty."""

    def __init__(self, schema: JsonObject) -> None:
        self.problem = ""
        self._schema = schema
        self._steps = 0
        # All is read before anything is changed: a closed part must not tell its neighbours what it was told itself.
        changes = [change for place in list(places(schema)) for change in self._changes(place)]
        if not self.problem:
            for part, known in changes:
                _shut(part, known)

    def _changes(self, place: JsonObject) -> Iterator[tuple[JsonObject, _Known]]:
        known = self._known([place])
        if any(key in place for key in _EXPLICIT) or (not known and place is not self._schema):
            return
        for group in _GROUPS:
            branches = [branch for branch in place.get(group, ()) if isinstance(branch, dict)]
            if not branches:
                continue
            outside = self._known([{key: part for key, part in place.items() if key != group}])
            for branch in branches:
                inside = self._known([branch]).with_(outside)
                if not inside.explicit:
                    yield branch, inside
        if not known.explicit:
            yield place, known

    def _known(self, waiting: list[Any]) -> _Known:
        """Gather what applies to one value, following references; what stands under `not` describes nothing."""
        known = _Known(set(), set())
        seen: set[int] = set()
        while waiting and not self.problem:
            node = waiting.pop()
            if not isinstance(node, dict) or id(node) in seen:
                continue
            seen.add(id(node))
            known.names.update(node.get("properties", ()))
            known.patterns.update(node.get("patternProperties", ()))
            known.explicit = known.explicit or any(key in node for key in _EXPLICIT)
            self._steps += 1 + len(node.get("properties", ()))
            if self._steps > MAX_STEPS:
                self.problem = "its references multiply"
            waiting += [part for key, part in in_place(node) if key != "not"]
            if "$ref" in node:
                waiting.append(at(self._schema, node["$ref"]))
        return known


def _shut(part: JsonObject, known: _Known) -> None:
    """Refuse every property but the known ones; those that others describe are allowed here and judged there."""
    for keyword, names in (("properties", known.names), ("patternProperties", known.patterns)):
        missing = names - part.get(keyword, {}).keys()
        if missing:
            part[keyword] = {**part.get(keyword, {}), **dict.fromkeys(sorted(missing), True)}
    part["additionalProperties"] = False
