"""Reads JSON as clients write it (comments, trailing commas) into a tree with places. Of two equal keys the last."""

from __future__ import annotations

import json
import re
from typing import Final

from yett.auditor.documents.flaw import Flaw
from yett.auditor.documents.positions import Positions
from yett.config.node import Entry, List, Map, Node, Scalar, Span

DEPTH_LIMIT: Final = 64
"""Levels of nesting. Tool schemas of published servers have a dozen."""
NODE_LIMIT: Final = 300_000

_SPACE: Final = re.compile(r"[ \t\r\n\ufeff]+|//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_STRING: Final = re.compile(r'"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"')
_NUMBER: Final = re.compile(r"-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][-+]?[0-9]{1,4})?")
_WORDS: Final = {"true": True, "false": False, "null": None}
_WORD: Final = re.compile("|".join(_WORDS))
_LONGEST_INTEGER: Final = 18
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class _Stop(Exception):
    def __init__(self, says: str, at: int) -> None:
        self.says = says
        self.at = at


def read_json(text: str) -> Node | Flaw:
    """The document, or why it is none. Does not raise, whatever the text is."""
    reader = _Reader(text)
    try:
        return reader.document()
    except _Stop as stop:
        return Flaw(stop.says, reader.positions.of(stop.at)[0])


class _Reader:
    """A recursive descent, whose depth is bounded by `DEPTH_LIMIT`."""

    def __init__(self, text: str) -> None:
        self.positions = Positions(text)
        self._text = text
        self._at = 0
        self._nodes = 0

    def document(self) -> Node:
        self._space()
        node = self._value(0)
        self._space()
        if self._at < len(self._text):
            raise _Stop("more text behind the end of the JSON document", self._at)
        return node

    def _value(self, depth: int) -> Node:
        self._nodes += 1
        if depth > DEPTH_LIMIT:
            raise _Stop(f"nested more than {DEPTH_LIMIT} levels deep", self._at)
        if self._nodes > NODE_LIMIT:
            raise _Stop(f"more than {NODE_LIMIT} values", self._at)
        match self._text[self._at : self._at + 1]:
            case "{":
                return self._map(depth)
            case "[":
                return self._list(depth)
            case '"':
                return self._string()
            case _:
                return self._bare()

    def _map(self, depth: int) -> Map:
        start, entries = self._open(), {}
        while not self._closed("}"):
            key = self._string()
            self._space()
            self._take(":")
            entries[str(key.value)] = Entry(key.span, self._value(depth + 1))
            self._space()
            if not self._closed(","):
                self._expect("}")
        return Map(entries, self._span(start))

    def _list(self, depth: int) -> List:
        start, items = self._open(), []
        while not self._closed("]"):
            items.append(self._value(depth + 1))
            self._space()
            if not self._closed(","):
                self._expect("]")
        return List(items, self._span(start))

    def _open(self) -> int:
        start = self._at
        self._at += 1
        self._space()
        return start

    def _closed(self, by: str) -> bool:
        """Step over a sign and what space follows it; False: it is not here. A closing bracket keeps its space."""
        if not self._text.startswith(by, self._at):
            return False
        self._at += 1
        if by == ",":
            self._space()
        return True

    def _expect(self, sign: str) -> None:
        if not self._text.startswith(sign, self._at):
            raise _Stop(f"expected `,` or `{sign}`", self._at)

    def _take(self, sign: str) -> None:
        if not self._text.startswith(sign, self._at):
            raise _Stop(f"expected `{sign}`", self._at)
        self._at += 1
        self._space()

    def _string(self) -> Scalar:
        found = _STRING.match(self._text, self._at)
        if found is None:
            raise _Stop("expected a text in double quotes", self._at)
        try:
            value = json.loads(found.group(), strict=False)
        except ValueError:
            raise _Stop("an unknown escape in a text", self._at) from None
        self._at = found.end()
        return Scalar(_SURROGATES.sub("\ufffd", value), self._span(found.start()))

    def _bare(self) -> Scalar:
        start = self._at
        if word := _WORD.match(self._text, start):
            self._at = word.end()
            return Scalar(_WORDS[word.group()], self._span(start))
        number = _NUMBER.match(self._text, start)
        if number is None:
            raise _Stop("expected a value", start)
        self._at = number.end()
        text = number.group()
        exact = text.lstrip("-").isdigit() and len(text) <= _LONGEST_INTEGER
        return Scalar(int(text) if exact else float(text), self._span(start))

    def _span(self, start: int) -> Span:
        return self.positions.span(start, self._at)

    def _space(self) -> None:
        while found := _SPACE.match(self._text, self._at):
            self._at = found.end()
