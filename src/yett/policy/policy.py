"""The policy decision point: default deny, deny wins, and every answer names the grants that made it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from yett.core.exchange import Principal
from yett.errors import PolicyError
from yett.policy.grant import ALLOW, DENY, Decision, Grant, decided
from yett.policy.membership import Held, Membership
from yett.policy.pattern import ANY_SERVER, TOOL, Pattern
from yett.policy.role import Role, by_name, inherited, nearest
from yett.policy.scopes import Demand, Demands, lacking
from yett.policy.table import Rule, Table

_REMEMBERED: Final = 16_384
"""Decisions kept. When they are full all are dropped: whoever invents names costs a recomputation, never memory."""


class Policy:
    """Compiled once, never changed: a reload builds another, so what is remembered here cannot outlive its rules.

    `anonymous` says that callers without a credential are let in (`unsafe_allow_anonymous`): they have the role
    `everyone` then, and nothing else. `servers`, where given, are all configured names: a pattern that fits none of
    them is an error. `demands` are scopes that calls need whoever makes them; `scopes` are all that anything needs.
    """

    def __init__(
        self,
        roles: Iterable[Role],
        *,
        anonymous: bool = False,
        servers: Collection[str] | None = None,
        demands: Iterable[Demand] = (),
    ) -> None:
        named = by_name(roles)
        self.roles: Final = frozenset(named)
        self._inherited = inherited(named)
        self._membership = Membership(named, anonymous=anonymous)
        self._table = Table(named.values())
        self._demands = Demands(demands)
        self.scopes: Final = self._demands.all.union(*(role.scopes for role in named.values()))
        self._role_sets: dict[int, tuple[Principal, frozenset[str]]] = {}
        self._decisions: dict[tuple[frozenset[str], str, str, str], Decision] = {}
        if servers is not None:
            self._check_servers(servers)

    def decide(self, principal: Principal, server: str, kind: str, name: str) -> Decision:
        """May `principal` reach this thing? `kind` is `tool`, `prompt` or `resource`; any other is denied."""
        key = (self._role_set(principal), server, kind, name)
        decision = self._decisions.get(key)
        if decision is None:
            decision = self._decided(*key)
            _remember(self._decisions, key, decision)
        return decision

    def lacking(self, principal: Principal, decision: Decision, server: str, kind: str, name: str) -> tuple[str, ...]:
        """All scopes that an allowed call needs, where the principal's credential lacks one of them."""
        if not self.scopes:
            return ()
        return lacking(self._demands.of(server, kind, name), decision.grants, principal.scopes)

    def held(self, principal: Principal) -> tuple[Held, ...]:
        """The principal's own roles and what gave them, before inheritance."""
        return self._membership.held(principal)

    def roles_of(self, principal: Principal) -> frozenset[str]:
        """The names of all roles that somebody has, included ones among them."""
        return self._role_set(principal)

    def grants(self, server: str, kind: str, name: str) -> tuple[Grant, ...]:
        """Every grant that names this thing, whoever has it: what somebody who is denied would need."""
        return tuple(self._table.naming(server, kind, name))

    def holders(self, role: str) -> frozenset[str]:
        """The roles that have the grants of `role`: itself and those that include it."""
        return frozenset(name for name, reached in self._inherited.items() if role in reached)

    def decide_all(self, principal: Principal, pattern: Pattern) -> Decision:
        """May `principal` reach everything that `pattern` names? Careful: says no where it cannot be sure."""
        allowing, denying = self._speaking(principal)
        denied = tuple(rule.grant for rule in denying if rule.pattern.overlaps(pattern))
        if denied:
            return decided(denied, allowed=False)
        return decided(tuple(rule.grant for rule in allowing if rule.pattern.covers(pattern)), allowed=True)

    def decide_any(self, principal: Principal, pattern: Pattern) -> Decision:
        """May `principal` reach anything that `pattern` names? Says yes where it cannot be sure."""
        allowing, denying = self._speaking(principal)
        possible = [rule for rule in allowing if rule.pattern.overlaps(pattern)]
        denied = tuple(rule for rule in denying if rule.pattern.overlaps(pattern))
        allowed = tuple(rule.grant for rule in possible if not _taken_back(rule, pattern, denied))
        if allowed:
            return decided(allowed, allowed=True)
        return decided(tuple(rule.grant for rule in denied) if possible else (), allowed=False)

    def unmatched(self, catalogue: Mapping[str, Collection[str] | None]) -> tuple[Grant, ...]:
        """Grants on tools that name nothing. `catalogue` holds every server's tools, `None` where they are unknown.

        A grant is reported only when every server it could mean is known.
        """
        return tuple(rule.grant for rule in self._table.rules if _idle(rule.pattern, catalogue))

    def _decided(self, roles: frozenset[str], server: str, kind: str, name: str) -> Decision:
        ours = [grant for grant in self._table.naming(server, kind, name) if grant.role in roles]
        denying = tuple(grant for grant in ours if grant.effect == DENY)
        return decided(denying, allowed=False) if denying else decided(tuple(ours), allowed=True)

    def _role_set(self, principal: Principal) -> frozenset[str]:
        # By its address: identity keeps one object per credential, and hashing one costs more than deciding. The table
        # holds the principal, so its address stays its own.
        known = self._role_sets.get(id(principal))
        if known is not None:
            return known[1]
        held = self._membership.held(principal)
        roles = frozenset().union(*(self._inherited[role.role] for role in held))
        _remember(self._role_sets, id(principal), (principal, roles))
        return roles

    def _speaking(self, principal: Principal) -> tuple[list[Rule], list[Rule]]:
        roles = self._role_set(principal)
        ours = [rule for rule in self._table.rules if rule.grant.role in roles]
        return [r for r in ours if r.grant.effect == ALLOW], [r for r in ours if r.grant.effect == DENY]

    def _check_servers(self, servers: Collection[str]) -> None:
        for rule in self._table.rules:
            if rule.pattern.server != ANY_SERVER and rule.pattern.server not in servers:
                name = rule.pattern.server
                raise PolicyError(f"no server is called `{name}`{nearest(name, servers)}", where=rule.grant.where)


def _remember(memory: dict, key: object, value: object) -> None:  # type: ignore[type-arg]  # both caches are filled here
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory[key] = value


def _taken_back(rule: Rule, asked: Pattern, denied: Iterable[Rule]) -> bool:
    """Whether one denying rule covers all that `rule` allows of what is asked."""
    return any(deny.pattern.covers(rule.pattern) or deny.pattern.covers(asked) for deny in denied)


def _idle(pattern: Pattern, catalogue: Mapping[str, Collection[str] | None]) -> bool:
    if pattern.kind != TOOL:
        return False
    for server, tools in catalogue.items():
        if pattern.reaches(server) and (tools is None or any(map(pattern.name.matches, tools))):
            return False
    return True
