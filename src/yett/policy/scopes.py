"""The scopes that a call needs beside a role: demanded by the role that allows it, and by what is called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from yett.policy.grant import Grant
from yett.policy.pattern import Pattern

NONE: Final[frozenset[str]] = frozenset()


class Demand(Struct, frozen=True, kw_only=True):
    """Whatever fits the pattern needs all of these scopes, whoever calls it."""

    pattern: Pattern
    scopes: frozenset[str]


class Demands:
    """All demands of a policy."""

    def __init__(self, demands: Iterable[Demand]) -> None:
        self._demands = tuple(demands)

    def of(self, server: str, kind: str, name: str) -> frozenset[str]:
        """What one thing needs, whatever the role."""
        fitting = (
            demand.scopes
            for demand in self._demands
            if demand.pattern.kind == kind and demand.pattern.reaches(server) and demand.pattern.name.matches(name)
        )
        return NONE.union(*fitting)

    @property
    def all(self) -> frozenset[str]:
        """Every scope that anything needs."""
        return NONE.union(*(demand.scopes for demand in self._demands))


def lacking(demanded: frozenset[str], grants: Iterable[Grant], held: frozenset[str]) -> tuple[str, ...]:
    """All scopes that a call needs, where one of them is not `held`; nothing where none is missing.

    One grant is enough: of several, the one counts that lacks the fewest.
    """
    choices = {demanded | grant.scopes for grant in grants} or {demanded}
    nearest = min(choices, key=lambda needed: (len(needed - held), sorted(needed)))
    return () if nearest <= held else tuple(sorted(nearest))
