"""What a policy means, by brute force and from the product's page alone. It shares no line and no idea with the policy.

The page says: `server.tool` globs, `deny` wins over every `allow`, what no role allows is denied, roles include roles,
`everyone` is whoever is signed in, `*` stands for any characters, a server is named or `*`. Tools are 1 to 128
characters of `A-Za-z0-9_.-`, whatever a star would match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

TOOL = re.compile(r"\A[A-Za-z0-9_.\-]{1,128}\Z")


@dataclass(frozen=True)
class Role:
    """A role as a config writes it."""

    members: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


@dataclass(frozen=True)
class Caller:
    """Who asks: a user, with roles from the token, groups and roles from an identity provider. `None`: nobody."""

    user: str | None
    roles: tuple[str, ...] = ()
    claimed: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Thing:
    """What is asked for."""

    server: str
    kind: str
    name: str


@dataclass
class Oracle:
    """All roles of a config, by name."""

    roles: Mapping[str, Role]
    _seen: dict[str, frozenset[str]] = field(default_factory=dict)

    def allows(self, caller: Caller, thing: Thing) -> bool:
        """Whether the caller may: some role of his allows it, and none of them denies it."""
        if caller.user is None:
            return False
        if thing.kind == "tool" and not TOOL.match(thing.name):
            return False
        if thing.kind != "tool" and not (0 < len(thing.name) <= 8192 and thing.name.isprintable()):
            return False
        own = self._roles_of(caller)
        allowed = any(named(rule, thing) for name in own for rule in self.roles[name].allow)
        denied = any(named(rule, thing) for name in own for rule in self.roles[name].deny)
        return allowed and not denied

    def _roles_of(self, caller: Caller) -> frozenset[str]:
        own = {name for name in caller.roles if name in self.roles}
        if "everyone" in self.roles:
            own.add("everyone")
        wanted = {
            f"user:{caller.user}",
            *(f"role:{one}" for one in caller.claimed),
            *(f"group:{one}" for one in caller.groups),
        }
        own |= {name for name, role in self.roles.items() if wanted & set(role.members)}
        return self._with_included(own)

    def _with_included(self, names: Iterable[str]) -> frozenset[str]:
        reached: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += self.roles[name].include
        return frozenset(reached)


def named(rule: str, thing: Thing) -> bool:
    """Whether a rule names a thing: `server.tool`, `server.prompt:name`, `server.resource:uri`."""
    server, _, rest = rule.partition(".")
    kind, name = "tool", rest
    for one in ("tool", "prompt", "resource"):
        if rest.startswith(one + ":"):
            kind, name = one, rest[len(one) + 1 :]
    return (server in ("*", thing.server)) and kind == thing.kind and like(name, thing.name)


def like(glob: str, text: str) -> bool:
    """Whether a text is like a glob: a star is any characters, all else is itself. Tried in every way there is."""
    reached = {0}
    for position, sign in enumerate(glob):
        if sign == "*":
            first = min(reached)
            reached = set(range(first, len(text) + 1))
        else:
            reached = {one + 1 for one in reached if one < len(text) and text[one] == sign}
        if not reached:
            return False
        del position
    return len(text) in reached
