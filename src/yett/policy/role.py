"""Roles as the configuration states them, and what each includes once inheritance is followed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from yett.errors import PolicyError

EVERYONE: Final = "everyone"
"""The reserved role: every principal that passed identity."""


class Entry(Struct, frozen=True, kw_only=True):
    """One item of a list in the configuration, and where it stands (`yett.yaml:14:5`)."""

    text: str
    where: str = ""


class Role(Struct, frozen=True, kw_only=True):
    """One role, unchecked: who is in it, what it may and may not do, which roles it includes.

    `scopes` are what a credential needs for what this role itself allows. What it denies, it denies without them.
    """

    name: str
    where: str = ""
    members: tuple[Entry, ...] = ()
    allow: tuple[Entry, ...] = ()
    deny: tuple[Entry, ...] = ()
    include: tuple[Entry, ...] = ()
    scopes: frozenset[str] = frozenset()


def by_name(roles: Iterable[Role]) -> dict[str, Role]:
    """Index roles; a name that is used twice is an error."""
    named: dict[str, Role] = {}
    for role in roles:
        if role.name in named:
            raise PolicyError(f"role `{role.name}` is defined twice", where=role.where)
        named[role.name] = role
    return named


def inherited(roles: Mapping[str, Role]) -> dict[str, frozenset[str]]:
    """For each role, the names of all roles whose grants it has: itself and whatever it includes, at any depth."""
    reached: dict[str, frozenset[str]] = {}
    for name in roles:
        _reach(roles, name, reached)
    return reached


def _reach(roles: Mapping[str, Role], start: str, reached: dict[str, frozenset[str]]) -> None:
    """Complete `reached` for `start` and all below it. Explicit stack: a chain of a thousand roles is no error."""
    # A dict remembers the order of the path and answers at once whether a role is on it.
    path: dict[str, list[Entry]] = {start: list(roles[start].include)}
    while path:
        name = next(reversed(path))
        if not path[name]:
            del path[name]
            reached[name] = frozenset({name}).union(*(reached[entry.text] for entry in roles[name].include))
            continue
        entry = path[name].pop()
        _check_include(roles, path, entry)
        if entry.text not in reached:
            path[entry.text] = list(roles[entry.text].include)


def _check_include(roles: Mapping[str, Role], path: Iterable[str], entry: Entry) -> None:
    if entry.text not in roles:
        raise PolicyError(f"unknown role `{entry.text}` in `include`{nearest(entry.text, roles)}", where=entry.where)
    if entry.text in path:
        names = list(path)
        ring = " -> ".join([*names[names.index(entry.text) :], entry.text])
        raise PolicyError(f"roles include each other in a circle: {ring}", where=entry.where)


def nearest(text: str, known: Iterable[str]) -> str:
    """A hint for a misspelt name, or nothing."""
    near = difflib.get_close_matches(text, list(known), n=1)
    return f": did you mean `{near[0]}`?" if near else ""
