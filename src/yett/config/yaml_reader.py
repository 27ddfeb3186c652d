"""Reads YAML 1.2 strictly into a tree with places: no aliases, tags, merges, implicit types or duplicate keys.

PyYAML gives the events; everything it would decide on its own (YAML 1.1 booleans, octals, sexagesimals, last key
wins) is decided here. JSON is a subset, tabs included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from yett.config.diagnostic import InvalidConfig
from yett.config.jsonc import as_yaml
from yett.config.node import START, Entry, List, Map, Node, Scalar, Span
from yett.config.report import Report
from yett.config.yaml_trouble import explain, hide_secrets

SIZE_LIMIT: Final = 1024 * 1024
"""Bytes of a config. A thousand roles take some 200 KiB."""
DEPTH_LIMIT: Final = 32
"""Levels of nesting. The grammar itself needs five; arguments of policy tests take the rest."""
NODE_LIMIT: Final = 100_000

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What YAML 1.2 calls printable, but for C1 controls and the byte order mark in the middle.
_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})\Z")
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?\Z")
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {"true": True, "false": False}


def read(content: bytes, report: Report) -> Map:
    """Read a whole document. Raises `InvalidConfig`, and nothing else, whatever the bytes are."""
    text = decode(content, report)
    reader = _Reader(text, report)
    try:
        return reader.document()
    except yaml.YAMLError as error:
        explain(error, text, report)
        raise InvalidConfig(report.diagnostics()) from None


def decode(content: bytes, report: Report) -> str:
    """The text of a config: UTF-8, of bounded size, printable."""
    if len(content) > SIZE_LIMIT:
        report.error(f"the file is larger than {SIZE_LIMIT // 1024} KiB", None, code="yaml")
        raise InvalidConfig(report.diagnostics())
    try:
        text = content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        span = _at(before, len(before))
        report.error("not UTF-8 text", span, help="save the file as UTF-8", code="yaml")
        raise InvalidConfig(report.diagnostics()) from None
    if found := _UNPRINTABLE.search(text):
        hide_secrets(text, report)
        code = f"U+{ord(found.group()):04X}"
        report.error(f"the control character {code} may not stand in a config", _at(text, found.start()), code="yaml")
        raise InvalidConfig(report.diagnostics())
    return text


def _at(text: str, offset: int) -> Span:
    lines = text[:offset].splitlines(keepends=True) or [""]
    if lines[-1].splitlines() != [lines[-1]] and lines[-1]:
        lines.append("")
    return Span(len(lines), len(lines[-1]) + 1, len(lines), len(lines[-1]) + 2)


class _Reader:
    """Folds parser events into a tree. Recursion is bounded by `DEPTH_LIMIT`."""

    def __init__(self, text: str, report: Report) -> None:
        self._events: Iterator[Any] = iter(yaml.parse(as_yaml(text), Loader=_LOADER))
        self._text = text
        self._report = report
        self._nodes = 0

    def document(self) -> Map:
        self._next()  # the start of the stream
        start = self._next()
        if isinstance(start, yaml.StreamEndEvent):
            raise self._wrong(
                "the file is empty", START, "start with `servers:`; `yett schema` and the manual list every key"
            )
        if start.version is not None or start.tags:
            raise self._wrong("YAML directives are not read", _span(start), "remove the line")
        root = self._node(self._next(), 0)
        self._next()  # the end of the document
        if not isinstance(end := self._next(), yaml.StreamEndEvent):
            raise self._wrong("a second document", _span(end), "keep one document per file")
        if isinstance(root, Map):
            return root
        if isinstance(root, Scalar) and root.value is None:
            raise self._wrong(
                "the file is empty", START, "start with `servers:`; `yett schema` and the manual list every key"
            )
        raise self._wrong("a config is a mapping of keys to values", root.span, "start with `servers:`")

    def _next(self) -> Any:
        return next(self._events)

    def _node(self, event: Any, depth: int) -> Node:
        self._check(event, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._map(event, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(event, depth)
        return Scalar(self._scalar(event), _span(event))

    def _check(self, event: Any, depth: int) -> None:
        self._nodes += 1
        if self._nodes > NODE_LIMIT:
            raise self._wrong(f"more than {NODE_LIMIT} values", _span(event))
        if depth > DEPTH_LIMIT:
            raise self._wrong(f"nested more than {DEPTH_LIMIT} levels deep", _span(event))
        if isinstance(event, yaml.AliasEvent):
            hint = f'if `*{event.anchor}` is a pattern, quote it: "*{event.anchor}"; aliases are not read'
            raise self._wrong("a value that starts with `*` is a YAML alias", _span(event), hint)
        if event.anchor is not None:
            raise self._wrong(
                "YAML anchors are not read",
                _span(event),
                "write the value where it is needed; a value that starts with `&` must be quoted",
            )
        if event.tag is not None:
            raise self._wrong(
                "YAML tags are not read", _span(event), "remove the tag; a value that starts with `!` must be quoted"
            )

    def _map(self, start: Any, depth: int) -> Map:
        entries: dict[str, Entry] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, depth + 1)
            if key in entries:
                first = entries[key].span
                raise self._wrong(
                    f"the key `{key}` stands here twice",
                    _span(event),
                    f"the first one is on line {first.line}; keep one",
                )
            entries[key] = Entry(_span(event), self._node(self._next(), depth + 1))
        return Map(entries, _joined(start, event))

    def _key(self, event: Any, depth: int) -> str:
        self._check(event, depth)
        if not isinstance(event, yaml.ScalarEvent):
            raise self._wrong(
                "a key must be a single word", _span(event), "a value that starts with `{` or `[` must be quoted"
            )
        if event.implicit[0] and event.value == "<<":
            raise self._wrong("YAML merge keys are not read", _span(event), "write the entries where they are needed")
        key = self._scalar(event)
        if not isinstance(key, str):
            raise self._wrong("a key must be text", _span(event), f'quote it: "{event.value}"')
        return key

    def _list(self, start: Any, depth: int) -> List:
        items: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return List(items, _joined(start, event))

    def _scalar(self, event: Any) -> str | int | float | bool | None:
        # `implicit[0]`: unquoted, so YAML's core schema may see more than text in it.
        value: str = event.value
        if not event.implicit[0]:
            return value
        if value in _NULLS:
            return None
        if value in _BOOLEANS:
            return _BOOLEANS[value]
        if _INTEGER.match(value):
            return int(value)
        return float(value) if _NUMBER.match(value) else value

    def _wrong(self, message: str, span: Span, hint: str = "") -> InvalidConfig:
        hide_secrets(self._text, self._report)
        self._report.error(message, span, help=hint, code="yaml")
        return InvalidConfig(self._report.diagnostics())


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _joined(start: Any, end: Any) -> Span:
    first, last = start.start_mark, end.end_mark
    return Span(first.line + 1, first.column + 1, last.line + 1, last.column + 1)
