"""Every rule there is: found by looking into auditor/rules, checked once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import getmembers, isclass
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from yett.auditor import rules
from yett.auditor.rule import Rule


@cache
def all_rules() -> tuple[Rule[Any], ...]:
    """One instance of every rule, by id. A file of auditor/rules without exactly its own rule is a TypeError."""
    return tuple(sorted(_found(), key=lambda rule: rule.id))


def rule(rule_id: str) -> Rule[Any] | None:
    """The rule of that id, or None."""
    return next((each for each in all_rules() if each.id == rule_id), None)


def _found() -> Iterator[Rule[Any]]:
    for entry in iter_modules(rules.__path__):
        if not entry.name.startswith("_"):
            yield _only(import_module(f"{rules.__name__}.{entry.name}"), entry.name.replace("_", "-"))


def _only(module: ModuleType, rule_id: str) -> Rule[Any]:
    found = [
        each for _, each in getmembers(module, isclass) if issubclass(each, Rule) and each.__module__ == module.__name__
    ]
    if len(found) != 1 or found[0].id != rule_id:
        raise TypeError(f"{module.__name__} must hold exactly one rule, whose id is `{rule_id}`")
    found[0].judges()
    return found[0]()
