"""Access: the matrix of roles and servers of a `yett.yaml`. Only read, never built: no reference is followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from yett.auditor.finding import Place
from yett.auditor.report import Access, Note
from yett.auditor.shown import blotted
from yett.config.diagnostic import InvalidConfig
from yett.config.node import plain
from yett.config.report import Report
from yett.config.yaml_reader import read

NAMES: Final = frozenset({"yett.yaml", "yett.yml"})
_ANY: Final = "*"
_MOST: Final = 40
"""Roles and servers that a page can show."""


def access_of(files: Mapping[str, bytes]) -> tuple[tuple[Access, ...], tuple[Note, ...]]:
    """A matrix for each `yett.yaml`, and a note for each that has none."""
    found, notes = [], []
    for path in sorted(files):
        if PurePosixPath(path).name not in NAMES:
            continue
        try:
            document = plain(read(files[path], Report(path)))
        except InvalidConfig as error:
            notes.append(Note(text=f"no access matrix: {error}", place=Place(path=path)))
            continue
        servers, roles = document.get("servers"), document.get("roles")
        if isinstance(servers, dict) and isinstance(roles, dict):
            found.append(_matrix(path, list(map(str, servers)), roles))
        else:
            notes.append(Note(text="no access matrix: there are no `servers` and `roles`", place=Place(path=path)))
    return tuple(found), tuple(notes)


def _matrix(path: str, servers: list[str], roles: Mapping[str, Any]) -> Access:
    shown = servers[:_MOST]
    rows = [
        (name, tuple(_cell(server, list(_reached(name, roles)), roles) for server in shown))
        for name in list(roles)[:_MOST]
    ]
    return Access(path=path, servers=tuple(shown), rows=tuple(rows))


def _reached(name: str, roles: Mapping[str, Any]) -> Iterator[str]:
    """A role and everything it includes, each once."""
    seen, waiting = set(), [name]
    while waiting:
        role = waiting.pop(0)
        if role not in seen and isinstance(roles.get(role), dict):
            seen.add(role)
            yield role
            waiting += [str(each) for each in _list(roles[role].get("include"))]


def _cell(server: str, names: Iterable[str], roles: Mapping[str, Any]) -> str:
    allowed, denied = [], []
    for name in names:
        allowed += [word for entry in _list(roles[name].get("allow")) for word in _words(entry, server)]
        denied += [word for entry in _list(roles[name].get("deny")) for word in _words(entry, server)]
    if not allowed:
        return ""
    words = ", ".join(dict.fromkeys(allowed))
    return blotted(f"{words}; but not {', '.join(dict.fromkeys(denied))}" if denied else words)


def _words(entry: object, server: str) -> Iterator[str]:
    """What a grant means on one server: its pattern without the server, `if` when it has a condition."""
    patterns = [(str(key), True) for key in entry] if isinstance(entry, dict) else [(str(entry), False)]
    for pattern, conditional in patterns:
        of, dot, name = pattern.partition(".")
        if dot and of in (server, _ANY):
            yield f"{name} if {entry[pattern]}" if conditional and isinstance(entry, dict) else name


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
