"""The config as it works: every key with its value, written or default, and where that comes from. No secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from yett.config.node import Path as KeyPath
from yett.config.roles import Probe
from yett.config.schema import Config
from yett.secrets.live import LiveSecret
from yett.secrets.secret import Secret

DEFAULT: Final = "default"
_COMMENT_COLUMN: Final = 52
# The fields that a shorthand stands for: `listen: http://...` is `listen: { address: http://... }`.
_SHORT: Final = frozenset({"address", "url", "rate", "tenant"})
# What no YAML reader, old or new, takes for anything but text.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_/\u2039][A-Za-z0-9_./@+=*\u2039\u203a-]*(:[A-Za-z0-9_./@+=*\u2039\u203a-]+)*\Z")
_NUMBER: Final = re.compile(r"[0-9][0-9_.:+-]*([eE][-+0-9.]*)?\Z|0[xob]")
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value: the path to it, the value as JSON has it, and `file:line` or `default`.

    A branch (mapping or list that has something below it) has no value of its own.
    """

    path: KeyPath
    value: Any = None
    origin: str = ""
    branch: bool = False


def effective(config: Config) -> Iterator[Value]:
    """Everything in the config, depth first, in the order of the manual."""
    yield from _Walk(config).model(config, ())


class _Walk:
    def __init__(self, config: Config) -> None:
        self._places = config.places

    def model(self, model: BaseModel, path: KeyPath) -> Iterator[Value]:
        for name in type(model).model_fields:
            yield from self._value(getattr(model, name), (*path, name))

    def _value(self, value: Any, path: KeyPath) -> Iterator[Value]:
        items = list(self._below(value, path) or ())
        if all(item.value is None and not item.branch for item in items):
            empty = {} if items else _json(value)
            yield Value(path=path, value=empty, origin=self._origin(path))
            return
        yield Value(path=path, branch=True)
        yield from items

    def _below(self, value: Any, path: KeyPath) -> Iterator[Value] | None:
        if isinstance(value, BaseModel) and not isinstance(value, Probe):
            return self.model(value, path)
        if isinstance(value, Mapping):
            return (found for key, item in value.items() for found in self._value(item, (*path, key)))
        if isinstance(value, tuple):
            return (found for position, item in enumerate(value) for found in self._value(item, (*path, position)))
        return None

    def _origin(self, path: KeyPath) -> str:
        place = self._places.get(path)
        # A list of one may be written without being a list.
        if place is None and (path[-1] in _SHORT or path[-1] == 0):
            place = self._places.get(path[:-1])
        return f"{place.file}:{place.line}" if place is not None else DEFAULT


def _json(value: Any) -> Any:
    if isinstance(value, Probe):
        return value.pattern if value.arguments is None else {value.pattern: value.arguments}
    if isinstance(value, Secret):
        return value.versions if isinstance(value, LiveSecret) else value.shown
    if isinstance(value, Mapping | tuple):
        return [] if isinstance(value, tuple) else {}  # what holds something is a branch, and has no value
    # Not `isinstance`: a `Size` is an int that people read with its unit.
    return value if type(value) in {type(None), bool, int, float} else str(value)


def as_yaml(values: Sequence[Value]) -> str:
    """The values as YAML, each with its origin as a comment."""
    return "".join(f"{line}\n" for line in _lines(values))


def _lines(values: Sequence[Value]) -> Iterator[str]:
    dashes = ""
    for value in values:
        step = value.path[-1]
        if isinstance(step, int) and value.branch:
            # The first key below goes on the line of its dash.
            dashes = f"{dashes or _indent(value.path)}- "
            continue
        if value.value is None and not value.branch:
            yield f"{_indent(value.path)}# {step}: not set"
            continue
        head = dashes or _indent(value.path)
        dashes = ""
        text = f"{head}- " if isinstance(step, int) else f"{head}{_scalar(step)}:"
        if not value.branch:
            text = f"{text.rstrip()} {_scalar(value.value)}"
            text = f"{text.ljust(_COMMENT_COLUMN)}  # {value.origin}"
        yield text.rstrip()


def _indent(path: KeyPath) -> str:
    return "  " * (len(path) - 1)


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.match(value) and not _NUMBER.match(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
