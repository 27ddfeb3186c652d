"""The policy compared with an oracle that was written from the product's page and knows nothing of its code."""

from __future__ import annotations

import random
from itertools import product

from siege import matrix
from siege.policy_oracle import Caller, Oracle, Thing, like
from siege.policy_oracle import Role as Written

from yett.core.exchange import ANONYMOUS, Principal
from yett.policy.policy import Policy
from yett.policy.role import Entry, Role

SERVERS = ("web", "proc", "we")
DECISIONS = 100_000
STRANGE = (
    "",
    "a b",
    "caf\u00e9",
    "x" * 129,
    "x" * 128,
    "get\n",
    "*",
    "get_*",
    "\u212a",
    "a.b.c",
    "__proto__",
    "GET_issue",
    "web.x",
)
KINDS = ("tool", "tool", "tool", "prompt", "resource", "task", "Tool")


def entries(texts: tuple[str, ...]) -> tuple[Entry, ...]:
    return tuple(Entry(text=text) for text in texts)


def compiled(roles: dict[str, Written], *, anonymous: bool = False) -> Policy:
    return Policy(
        [
            Role(
                name=name,
                members=entries(role.members),
                include=entries(role.include),
                allow=entries(role.allow),
                deny=entries(role.deny),
            )
            for name, role in roles.items()
        ],
        anonymous=anonymous,
    )


def other_rules(chance: random.Random, names: list[str], roles: dict[str, Written]) -> dict[str, Written]:
    """The same roles with rules about prompts and resources, and members of other kinds."""
    changed = {}
    for name, role in roles.items():
        kind = chance.choice(("prompt", "resource"))
        rule = f"{chance.choice((*SERVERS, '*'))}.{kind}:{matrix.glob_of(chance, chance.choice(names))}"
        more = () if name == "everyone" else (f"group:g{chance.randrange(3)}", f"role:r{chance.randrange(3)}")
        changed[name] = Written(
            members=role.members + more,
            include=role.include,
            allow=(*role.allow, rule),
            deny=(*role.deny, rule) if chance.random() < 0.1 else role.deny,
        )
    return changed


def callers(chance: random.Random, users: list[str], roles: dict[str, Written]) -> list[Caller]:
    known = [*roles, "no-such-role"]
    return [
        Caller(
            user=user,
            roles=tuple(chance.sample(known, chance.randint(0, 1))),
            claimed=tuple(f"r{chance.randrange(4)}" for _ in range(chance.randint(0, 2))),
            groups=tuple(f"g{chance.randrange(4)}" for _ in range(chance.randint(0, 2))),
        )
        for user in [*users, "user", "*", "USER1", "user1 "]
    ]


def principal(caller: Caller) -> Principal:
    return Principal(
        issuer="yett",
        subject=caller.user or "",
        roles=frozenset(caller.roles),
        claimed_roles=frozenset(caller.claimed),
        groups=frozenset(caller.groups),
    )


def test_a_hundred_thousand_decisions_are_the_oracles() -> None:
    chance = random.Random(7_28)
    decided = allowed = 0
    differences: list[object] = []
    while decided < DECISIONS:
        names = sorted({matrix.tool_name(chance) for _ in range(14)})
        users = [f"user{n}" for n in range(4)]
        roles = other_rules(chance, names, matrix.roles_of(chance, names, SERVERS, users, many=chance.randint(1, 6)))
        policy, oracle = compiled(roles), Oracle(roles)
        asked = [*names, *chance.sample(STRANGE, 4)]
        for caller, server, name in product(callers(chance, users, roles), SERVERS, asked):
            thing = Thing(server, chance.choice(KINDS), name)
            ours = policy.decide(principal(caller), thing.server, thing.kind, thing.name).allowed
            theirs = oracle.allows(caller, thing)
            decided += 1
            allowed += theirs
            if ours is not theirs:
                differences.append((roles, caller, thing, ours, theirs))
    assert differences == []
    assert DECISIONS // 50 < allowed < DECISIONS, "too few of either answer to tell anything"


def test_nobody_in_particular_may_nothing_unless_the_config_says_so() -> None:
    roles = {"everyone": Written(allow=("*.*",))}
    assert not compiled(roles).decide(ANONYMOUS, "web", "tool", "echo").allowed
    assert compiled(roles, anonymous=True).decide(ANONYMOUS, "web", "tool", "echo").allowed


def test_the_oracle_itself_knows_what_a_star_is() -> None:
    assert [text for text in ("", "a", "ab", "ba", "aXb", "b") if like("a*b", text)] == ["ab", "aXb"]
    assert [text for text in ("", "a", "*", "**") if like("*", text)] == ["", "a", "*", "**"]
    assert like("a.b", "a.b")
    assert not like("a.b", "axb")
    assert not like("get_*", "get")
    assert like("*a*b*", "xxaxxbxx")
    assert not like("*a*b*", "ba")
