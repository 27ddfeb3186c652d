"""Reads TOML into a tree with places: the standard library reads it, and a walk over the lines finds where it stands.

Values behind a key of their own line have exact places; what stands inside a list or an inline table is looked for
behind its key.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from yett.auditor.documents.flaw import Flaw
from yett.auditor.documents.positions import Positions
from yett.config.node import START, Entry, List, Map, Node, Path, Scalar, Span

SIZE_LIMIT: Final = 1_000_000
"""Characters. A client's settings are a few thousand."""

_PART: Final = r"(?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')"
_KEY: Final = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER: Final = re.compile(rf"[ \t]*\[\[?[ \t]*({_KEY})[ \t]*\]")
_ASSIGNMENT: Final = re.compile(rf"[ \t]*({_KEY})[ \t]*=[ \t]*")
_SPLIT: Final = re.compile(_PART)


def read_toml(text: str) -> Map | Flaw:
    """The document, or why it is none. Does not raise, whatever the text is."""
    if len(text) > SIZE_LIMIT:
        return Flaw(f"TOML of more than {SIZE_LIMIT} characters")
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        line = re.search(r"at line (\d+)", str(error))
        return Flaw("not TOML", int(line[1]) if line else 0)
    node = _Placing(text).node(table, (), 0)
    return node if isinstance(node, Map) else Flaw("not TOML")


class _Placing:
    """Knows where keys stand. Recursion is bounded by what `tomllib` could read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._positions = Positions(text)
        self._keys: dict[Path, tuple[int, int]] = {}
        header: tuple[str, ...] = ()
        at = 0
        for line in text.splitlines(keepends=True):
            if found := _HEADER.match(line):
                header = _parts(found[1])
                self._keys.setdefault(header, (at + found.start(1), at + found.end(1)))
            elif found := _ASSIGNMENT.match(line):
                self._keys.setdefault((*header, *_parts(found[1])), (at + found.start(1), at + found.end()))
            at += len(line)

    def node(self, value: Any, path: Path, behind: int) -> Node:
        """The value as a tree; `behind` is the offset of its key, for what has no line of its own."""
        _, behind = self._keys.get(path, (behind, behind))
        if isinstance(value, dict):
            entries = {
                key: Entry(self._key(key, (*path, key), behind), self.node(below, (*path, key), behind))
                for key, below in value.items()
            }
            return Map(entries, self._positions.span(behind, behind) if behind else START)
        if isinstance(value, list):
            return List([self.node(item, path, behind) for item in value], self._positions.span(behind, behind))
        return Scalar(value if isinstance(value, str | int | float | bool) else str(value), self._value(value, behind))

    def _key(self, key: str, path: Path, behind: int) -> Span:
        start = self._keys[path][0] if path in self._keys else max(self._text.find(key, behind), behind)
        return self._positions.span(start, start + len(key))

    def _value(self, value: object, behind: int) -> Span:
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        start = self._text.find(shown, behind)
        if start < 0:
            return self._positions.span(behind, behind)
        if isinstance(value, str) and self._text[start - 1 : start] in ('"', "'"):
            return self._positions.span(start - 1, start + len(shown) + 1)
        return self._positions.span(start, start + len(shown))


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _SPLIT.findall(key))
