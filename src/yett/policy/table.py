"""All grants of a policy, indexed so that asking about one name does not read them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from yett.policy.grant import ALLOW, DENY, Grant
from yett.policy.pattern import ANY_SERVER, Pattern, nameable, parse
from yett.policy.role import Entry, Role


class Rule(Struct, frozen=True):
    """A grant with its compiled pattern."""

    grant: Grant
    pattern: Pattern


class Table:
    """Rules by what they name: exact names in one dict, the rest per server and kind."""

    def __init__(self, roles: Iterable[Role]) -> None:
        self.rules: list[Rule] = [rule for role in roles for rule in _rules(role)]
        self._exact: dict[tuple[str, str, str], list[Grant]] = {}
        self._globs: dict[tuple[str, str], list[Rule]] = {}
        for rule in self.rules:
            pattern = rule.pattern
            if pattern.exact:
                key = (pattern.server, pattern.kind, pattern.name.text)
                self._exact.setdefault(key, []).append(rule.grant)
            else:
                self._globs.setdefault((pattern.server, pattern.kind), []).append(rule)

    def naming(self, server: str, kind: str, name: str) -> Iterator[Grant]:
        """The grants that name this thing."""
        yield from self._exact.get((server, kind, name), ())
        globs = [*self._globs.get((server, kind), ()), *self._globs.get((ANY_SERVER, kind), ())]
        if globs and nameable(kind, name):
            yield from (rule.grant for rule in globs if rule.pattern.name.matches(name))


def _rules(role: Role) -> Iterator[Rule]:
    for effect, entries in ((ALLOW, role.allow), (DENY, role.deny)):
        for number, entry in enumerate(entries):
            yield _rule(role, effect, number, entry)


def _rule(role: Role, effect: str, number: int, entry: Entry) -> Rule:
    index = f"roles.{role.name}.{effect}[{number}]"
    scopes = role.scopes if effect == ALLOW else frozenset()
    grant = Grant(role=role.name, effect=effect, index=index, pattern=entry.text, where=entry.where, scopes=scopes)
    return Rule(grant, parse(entry.text, entry.where))
