"""Reads YAML as deployments write it (several documents, aliases, merge keys) into trees with places, within bounds.

Scalars are taken as the tools take them that will read the file: `yes` and `on` are true for Kubernetes and Compose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from yett.auditor.documents.flaw import Flaw
from yett.config.node import Entry, List, Map, Node, Scalar, Span

SIZE_LIMIT: Final = 4_000_000
"""Characters. The largest rendered chart that we read has a tenth of it."""
DEPTH_LIMIT: Final = 64
NODE_LIMIT: Final = 200_000
"""Values, those that aliases stand for included: nine lines of aliases can stand for a billion."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TRUE: Final = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE: Final = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}\Z")
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{0,18}(?:[eE][-+]?[0-9]{1,2})?\Z")


class _Stop(Exception):
    def __init__(self, says: str, line: int) -> None:
        self.flaw = Flaw(says, line)


def read_yaml(text: str) -> tuple[Node, ...] | Flaw:
    """Every document of a text, or why it is not YAML. Does not raise, whatever the text is."""
    if len(text) > SIZE_LIMIT:
        return Flaw(f"YAML of more than {SIZE_LIMIT} characters")
    try:
        return tuple(_Reader(text).documents())
    except _Stop as stop:
        return stop.flaw
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable")
        return Flaw(f"not YAML: {problem}", mark.line + 1 if mark else 0)


class _Reader:
    """Folds parser events into trees. Recursion is bounded by `DEPTH_LIMIT`."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=_LOADER))
        self._nodes = 0
        self._anchors: dict[str, tuple[Node, int]] = {}

    def documents(self) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
                yield self._node(next(self._events), 0)

    def _node(self, event: Any, depth: int) -> Node:
        if depth > DEPTH_LIMIT:
            raise _Stop(f"nested more than {DEPTH_LIMIT} levels deep", event.start_mark.line + 1)
        self._count(1, event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._nodes
        node = self._bare(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, self._nodes - before + 1)
        return node

    def _bare(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.MappingStartEvent):
            return self._map(event, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(event, depth)
        return Scalar(_scalar(event), _span(event, event))

    def _alias(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            raise _Stop(f"an alias of nothing: `*{event.anchor[:64]}`", event.start_mark.line + 1)
        node, weight = self._anchors[event.anchor]
        self._count(weight, event)
        return node

    def _map(self, start: Any, depth: int) -> Map:
        entries: dict[str, Entry] = {}
        merged: list[Node] = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            name = key.value if isinstance(key, Scalar) else ""
            if name == "<<":
                merged += value.items if isinstance(value, List) else [value]
            else:
                # A key that is no text (`on:`, `8080:`) goes by what is written there.
                written = event.value if isinstance(event, yaml.ScalarEvent) else str(name)
                entries[written] = Entry(key.span, value)
        for other in merged:
            if isinstance(other, Map):
                entries = {**other.entries, **entries}
        return Map(entries, _span(start, event))

    def _list(self, start: Any, depth: int) -> List:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return List(items, _span(start, event))

    def _count(self, more: int, event: Any) -> None:
        self._nodes += more
        if self._nodes > NODE_LIMIT:
            raise _Stop(f"more than {NODE_LIMIT} values", event.start_mark.line + 1)


def _scalar(event: Any) -> str | int | float | bool | None:
    value: str = event.value
    if not event.implicit[0]:
        return value
    if value in _NULL:
        return None
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    if _INTEGER.match(value):
        return int(value)
    return float(value) if _NUMBER.match(value) else value


def _span(first: Any, last: Any) -> Span:
    start, end = first.start_mark, last.end_mark
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
