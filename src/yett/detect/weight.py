"""How many times a schema may look at one value: what keeps a hostile schema from holding the process.

A reference costs a few bytes and stands for a whole subschema, so that a small document can ask for 2**30 evaluations:
`a0` refers to `a1` twice, `a1` to `a2` twice, and so on, in one place or from property to property.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from yett.core.message import JsonObject
from yett.detect.places import ELSEWHERE, at, children, in_place

MAX_STEPS: Final = 100_000
"""Entries read and merged while all places are looked through."""
CEILING: Final = 10**12

_Children = dict[str, Counter[int]]
"""By the key that leads inside, how often each schema there is asked."""


class Weight:
    """The evaluations that a schema's places ask for, by depth of the value. `problem` says why nobody knows."""

    def __init__(self, schema: JsonObject) -> None:
        self.problem = ""
        self._schema = schema
        self._steps = 0
        self._applied: dict[int, tuple[int, _Children]] = {}
        self._nodes: dict[int, Any] = {}
        self._weights: dict[tuple[int, int], int] = {}
        waiting: list[Any] = [schema]
        while waiting and not self.problem:
            place = waiting.pop()
            if id(place) not in self._applied:
                self._apply(place)
                waiting += [self._nodes[child] for counter in self._inside(place).values() for child in counter]

    def at(self, depth: int) -> int:
        """Evaluations along the worst path into a value of this depth, at most `CEILING`."""
        return self._weigh(id(self._schema), depth)

    def _inside(self, place: Any) -> _Children:
        return {} if self.problem else self._applied[id(place)][1]

    def _apply(self, place: Any) -> None:
        """Complete `_applied` for a place: how many evaluations of one value it asks for, and what of those inside.

        Each subschema is looked through once; what refers to it takes its sums. Explicit stack: references chain.
        """
        path: dict[int, list[Any]] = {}
        stack = [place]
        while stack and not self.problem:
            node = stack[-1]
            if id(node) in self._applied:
                stack.pop()
            elif id(node) in path:
                self._applied[id(node)] = self._sums(node, path.pop(id(node)))
            else:
                parts = path[id(node)] = self._parts(node)
                missing = [part for part in parts if id(part) not in self._applied]
                if any(id(part) in path for part in missing):
                    self.problem = "it refers to itself without end"
                stack += missing

    def _parts(self, node: Any) -> list[Any]:
        if not isinstance(node, dict):
            return []
        parts = [part for _, part in in_place(node)]
        return [*parts, at(self._schema, node["$ref"])] if "$ref" in node else parts

    def _sums(self, node: Any, parts: list[Any]) -> tuple[int, _Children]:
        count = 1 + _cost(node)
        inside: _Children = {}
        for key, child in children(node) if isinstance(node, dict) else ():
            self._nodes[id(child)] = child
            inside.setdefault(key, Counter())[id(child)] += 1
            self._steps += 1
        for part in parts:
            more, deeper = self._applied[id(part)]
            count += more
            for key, counter in deeper.items():
                inside.setdefault(key, Counter()).update(counter)
                self._steps += len(counter)
            self._steps += 1
        if self._steps > MAX_STEPS:
            self.problem = "its references multiply"
        return min(count, CEILING), inside

    def _weigh(self, place: int, depth: int) -> int:
        known = self._weights.get((place, depth))
        if known is None:
            count, inside = self._applied[place]
            deeper = 0
            if depth:
                sums = {key: self._sum(counter, depth - 1) for key, counter in inside.items()}
                elsewhere = sums.pop(ELSEWHERE, 0)
                deeper = elsewhere + max(sums.values(), default=0)
            known = self._weights[place, depth] = min(count + deeper, CEILING)
        return known

    def _sum(self, counter: Counter[int], depth: int) -> int:
        return sum(times * self._weigh(child, depth) for child, times in counter.items())


def _cost(node: Any) -> int:
    """What one look costs beyond one: values that are compared one by one, patterns tried on every key."""
    if not isinstance(node, dict):
        return 0
    values = node.get("enum")
    compared = len(values) if isinstance(values, list) and any(isinstance(v, dict | list) for v in values) else 0
    return compared + len(node.get("patternProperties", ()))
