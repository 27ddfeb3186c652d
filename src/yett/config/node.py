"""A YAML document as a tree of values that know where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""The keys and positions that lead to a value: `("roles", "reader", "allow", 0)`."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text: line and column count from 1, `end_column` is the first column that is not part of it."""

    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def width(self) -> int:
        """Characters on the first line; 0 means up to the end of that line."""
        return max(self.end_column - self.column, 1) if self.end_line == self.line else 0


START = Span(1, 1, 1, 2)
"""Where nothing better is known: the first character of the file."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value: text, number, true, false or null; or whatever a later step put in its place."""

    value: Any
    span: Span


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key: value` of a mapping; `span` is the key's."""

    span: Span
    node: Node


@dataclass(frozen=True, slots=True)
class Map:
    """A mapping. Keys are text and unique."""

    entries: Mapping[str, Entry]
    span: Span


@dataclass(frozen=True, slots=True)
class List:
    """A sequence."""

    items: Sequence[Node]
    span: Span


Node: TypeAlias = Scalar | Map | List


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file, as people write it."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


def plain(node: Node) -> Any:
    """The tree as plain dicts, lists and scalars."""
    match node:
        case Scalar():
            return node.value
        case List():
            return [plain(item) for item in node.items]
        case Map():
            return {key: plain(entry.node) for key, entry in node.entries.items()}


def children(node: Node) -> Iterator[tuple[str | int, Span, Node]]:
    """What hangs below a node: key or position, the span to point at, and the value."""
    match node:
        case Map():
            for key, entry in node.entries.items():
                yield key, entry.span, entry.node
        case List():
            for position, item in enumerate(node.items):
                yield position, item.span, item
        case Scalar():
            return


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Span, Node]]:
    """Everything below a node, in the order of the document, with the span to point at."""
    for step, span, child in children(node):
        yield (*path, step), span, child
        yield from walk(child, (*path, step))


@dataclass(frozen=True, slots=True)
class Found:
    """What `find` reached: the deepest node on a path, the span of the key that led there, and the steps left over."""

    node: Node
    key: Span
    left: Path = ()


def find(node: Node, path: Path) -> Found:
    """Follow a path as far as the tree goes."""
    key = START
    for index, step in enumerate(path):
        below = _below(node, step)
        if below is None:
            return Found(node, key, path[index:])
        key, node = below
    return Found(node, key)


def spot(root: Map, path: Path, *, of_key: bool = False) -> Span:
    """Where to point for a path: the value, or its key where the value is long or `of_key` says so.

    A path that does not exist is spoken about at its nearest part that does; at the root, that is the first key.
    """
    found = find(root, path)
    if found.key is START:
        return next((entry.span for entry in root.entries.values()), START)
    short = isinstance(found.node, Scalar) or found.node.span.line == found.node.span.end_line
    return found.node.span if short and not of_key else found.key


def _below(node: Node, step: str | int) -> tuple[Span, Node] | None:
    if isinstance(node, Map) and isinstance(step, str) and step in node.entries:
        entry = node.entries[step]
        return entry.span, entry.node
    if isinstance(node, List) and isinstance(step, int) and step < len(node.items):
        return node.items[step].span, node.items[step]
    return None
