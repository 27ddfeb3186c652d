"""Random roles, callers and tools, and what the gateway makes of them compared with the oracle."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from siege.campaign import Campaign, Lane
from siege.castle import Castle
from siege.plan import CONFIG
from siege.policy_oracle import Caller, Oracle, Role, Thing
from siege.speech import Say, call

WORDS = ("get", "set", "delete", "issue", "file", "all", "x", "a", "Get", "user-2", "v1.2")
JOINTS = ("_", ".", "-", "")


def tool_name(chance: random.Random) -> str:
    """A name such as servers give."""
    return chance.choice(JOINTS).join(chance.choice(WORDS) for _ in range(chance.randint(1, 3)))[:128]


def glob_of(chance: random.Random, name: str) -> str:
    """A rule that may name the tool: itself, or itself with stars."""
    cut = chance.randint(0, len(name))
    end = chance.randint(cut, len(name))
    inside = name[cut : cut + 2]
    forms = (
        "*",
        name,
        name[:cut] + "*",
        "*" + name[cut:],
        name[:cut] + "*" + name[end:],
        f"*{inside}*" if inside else name,
        tool_name(chance),
    )
    return chance.choice(forms)


def roles_of(
    chance: random.Random, names: list[str], servers: tuple[str, ...], users: list[str], many: int = 5
) -> dict[str, Role]:
    """Some roles over these names."""
    roles: dict[str, Role] = {}
    titles = [*(f"role{n}" for n in range(many)), *(("everyone",) if chance.random() < 0.3 else ())]
    for title in titles:

        def rules(most: int) -> tuple[str, ...]:
            return tuple(
                f"{chance.choice((*servers, '*'))}.{glob_of(chance, chance.choice(names))}"
                for _ in range(chance.randint(0, most))
            )

        # Only roles that stand before: there are no circles then.
        include = tuple(one for one in roles if chance.random() < 0.2 and one != "everyone")
        members = () if title == "everyone" else tuple(f"user:{user}" for user in users if chance.random() < 0.4)
        allow = rules(4) or (f"{servers[0]}.{chance.choice(names)}",)
        roles[title] = Role(members=members, include=include, allow=allow, deny=rules(2))
    return roles


def yaml_of(roles: dict[str, Role]) -> str:
    """The roles as a config writes them."""
    lines = ["roles:"]
    for name, role in roles.items():
        lines.append(f"  {name}:")
        for key in ("members", "include", "allow", "deny"):
            values = getattr(role, key)
            if values:
                lines.append(f"    {key}: [{', '.join(repr(value) for value in values)}]")
    return "\n".join(lines)


def through_a_gateway(folder: Path, *, seed: int, callers: int, tools: int) -> list[str]:
    """Every caller lists and calls every tool; all differences from the oracle."""
    chance = random.Random(seed)
    names = sorted({tool_name(chance) for _ in range(tools * 3)})[:tools]
    users = [f"user{n}" for n in range(callers)]
    roles = roles_of(chance, names, ("web", "proc"), users)
    before, _, rest = CONFIG.partition("roles:")
    config = (
        before + yaml_of(roles).replace("{", "{{").replace("}", "}}") + "\nlimits:" + rest.partition("\nlimits:")[2]
    )
    problems: list[str] = []
    oracle = Oracle(roles)
    with Castle(folder, config=config, users=users, catalogue="matrix:" + ",".join(names)) as castle:
        campaign = Campaign(castle)
        for user in users:
            mine = {name for name in names if oracle.allows(Caller(user), Thing("web", "tool", name))}
            listed = _names(campaign.say(Say(method="tools/list", caller=user)).document)
            if set(listed) != mine:
                problems.append(f"{user} sees {sorted(set(listed) ^ mine)} wrongly")
            for number, name in enumerate(names):
                lane = Lane(("modern", "legacy")[number % 2])
                document = campaign.say(call(name, caller=user), lane).document
                if ("result" in document) is not (name in mine):
                    problems.append(f"{user} calls {name}: {document}")
        seen = {(effect["name"]) for effect in castle.effects("web") if effect["method"] == "tools/call"}
        wanted = {
            name for name in names if any(oracle.allows(Caller(user), Thing("web", "tool", name)) for user in users)
        }
        if seen != wanted:
            problems.append(f"effects that nobody may have: {sorted(seen - wanted)}")
    return problems


def _names(document: Any) -> list[str]:
    return [tool["name"] for tool in document["result"]["tools"]]
