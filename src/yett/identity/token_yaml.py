"""The text of a token file: a YAML (or JSON) list of mappings, read strictly and written anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import yaml
from msgspec import Struct

from yett.errors import StoreError
from yett.identity.entry import (
    ITEMS,
    Entry,
    check_digest,
    check_id,
    check_note,
    check_scope,
    check_word,
    read_time,
    time_text,
)

_HEAD: Final = "# Tokens of Yett: digests, no secrets. `yett token` writes this file anew, without other comments.\n"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: ten times faster. Only its events are used; no value is ever guessed."""

_ONE: Final[dict[str, Callable[[str], Any]]] = {
    "id": check_id,
    "digest": check_digest,
    "user": check_word,
    "created": read_time,
    "expires": read_time,
    "note": check_note,
}
_MANY: Final[dict[str, Callable[[str], str]]] = {"roles": check_word, "scopes": check_scope, "groups": check_word}
_NEEDED: Final = ("id", "digest", "user", "expires")


class _Scalar(Struct):
    text: str
    line: int


class _Wrong(Exception):
    """What is wrong, and in which line; the name of the file is added outside."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read(content: bytes, name: str) -> tuple[Entry, ...]:
    """The entries of a token file. Raises `StoreError` with `name:line` for everything that is not exactly right."""
    try:
        return tuple(_entries(_events(content.decode("utf-8"))))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise StoreError(f"{name}:{line}: not UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not YAML"
        raise StoreError(f"{name}:{mark.line + 1 if mark else 1}: {problem}") from None
    except _Wrong as error:
        raise StoreError(f"{name}:{error.line}: {error}") from None


def write(entries: tuple[Entry, ...], *, as_json: bool) -> bytes:
    """The text of `entries`, which `read` takes."""
    rows = [_row(entry) for entry in entries]
    if as_json:
        return (json.dumps(rows, indent=2, ensure_ascii=False) + "\n").encode()
    lines = [_HEAD]
    for row in rows:
        # A JSON string is a YAML string too, quotes and all, so that no user is ever read as a number or a truth value.
        fields = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in row.items()]
        lines.append("- " + "\n  ".join(fields) + "\n")
    if not rows:
        lines.append("[]\n")
    return "".join(lines).encode()


def _row(entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {"id": entry.id, "digest": entry.digest, "user": entry.user}
    for key in _MANY:
        if values := getattr(entry, key):
            row[key] = list(values)
    if entry.created is not None:
        row["created"] = time_text(entry.created)
    row["expires"] = time_text(entry.expires)
    return row | ({"note": entry.note} if entry.note else {})


def _events(text: str) -> Iterator[yaml.Event]:
    """The events of the one document; anchors, aliases and tags are refused: a list of tokens needs none."""
    documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = _line(event)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Wrong(line, "a token file is one document")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _Wrong(line, "anchors and aliases are not used here")
        if getattr(event, "tag", None) is not None:
            raise _Wrong(line, "tags are not used here")
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event


def _entries(events: Iterator[yaml.Event]) -> Iterator[Entry]:
    first = next(events, None)
    if first is None or (isinstance(first, yaml.ScalarEvent) and not first.value and not first.style):
        return  # nothing but comments
    if not isinstance(first, yaml.SequenceStartEvent):
        raise _Wrong(_line(first), "a token file is a list: each token begins with `- id:`")
    seen: dict[str, int] = {}
    for event in events:
        line = _line(event)
        if isinstance(event, yaml.SequenceEndEvent):
            break
        if not isinstance(event, yaml.MappingStartEvent):
            raise _Wrong(line, "a token is a mapping: `id`, `digest`, `user`, `expires`")
        entry = _entry(events, line)
        for own in (entry.id, entry.digest):
            if own in seen:
                raise _Wrong(line, f"the same id or digest as the token in line {seen[own]}")
            seen[own] = line
        yield entry
    next(events, None)  # what follows the list is refused there


def _entry(events: Iterator[yaml.Event], line: int) -> Entry:
    fields: dict[str, Any] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        key = _scalar(event)
        if key.text in fields:
            raise _Wrong(key.line, f"`{key.text}` stands here twice")
        if key.text in _ONE:
            fields[key.text] = _checked(_ONE[key.text], _scalar(next(events)))
        elif key.text in _MANY:
            fields[key.text] = _many(events, key)
        else:
            known = ", ".join((*_ONE, *_MANY))
            raise _Wrong(key.line, f"unknown key `{key.text[:64]}`: a token has {known}")
    for needed in _NEEDED:
        if needed not in fields:
            raise _Wrong(line, f"this token has no `{needed}`")
    return Entry(**fields)


def _many(events: Iterator[yaml.Event], key: _Scalar) -> tuple[str, ...]:
    start = next(events)
    if not isinstance(start, yaml.SequenceStartEvent):
        raise _Wrong(_line(start), f"`{key.text}` is a list: `{key.text}: [one, two]`")
    found: list[str] = []
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        if len(found) == ITEMS:
            raise _Wrong(_line(event), f"`{key.text}` has more than {ITEMS} items")
        found.append(_checked(_MANY[key.text], _scalar(event)))
    return tuple(found)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _scalar(event: yaml.Event) -> _Scalar:
    line = _line(event)
    if not isinstance(event, yaml.ScalarEvent):
        raise _Wrong(line, "text is expected here")
    return _Scalar(text=event.value, line=line)


def _checked(check: Callable[[str], Any], scalar: _Scalar) -> Any:
    try:
        return check(scalar.text)
    except ValueError as error:
        raise _Wrong(scalar.line, str(error)) from None
