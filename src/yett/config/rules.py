"""From a `Config` to what the policy understands: the same words, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yett.config.node import Path as KeyPath
from yett.config.schema import Config
from yett.policy.pattern import parse
from yett.policy.policy import Policy
from yett.policy.role import Entry, Role
from yett.policy.scopes import Demand
from yett.policy.trial import Case


def policy_of(config: Config) -> Policy:
    """Compile the config's roles. Raises `PolicyError` for what cannot mean anything."""
    roles = [
        Role(
            name=name,
            where=_where(config, ("roles", name)),
            members=_entries(config, ("roles", name, "members"), role.members),
            allow=_entries(config, ("roles", name, "allow"), role.allow),
            deny=_entries(config, ("roles", name, "deny"), role.deny),
            include=_entries(config, ("roles", name, "include"), role.include),
            scopes=frozenset(role.scopes),
        )
        for name, role in config.roles.items()
    ]
    return Policy(
        roles,
        anonymous=config.auth.unsafe_allow_anonymous,
        servers=list(config.servers),
        demands=list(_demands(config)),
    )


def _demands(config: Config) -> Iterator[Demand]:
    for server, entry in config.servers.items():
        for name, scopes in entry.scopes.items():
            place = _where(config, ("servers", server, "scopes", name))
            yield Demand(pattern=parse(f"{server}.{name}", place), scopes=frozenset(scopes))


def cases_of(config: Config) -> list[Case]:
    """The config's policy tests."""
    return [
        Case(
            who=Entry(text=test.who, where=_where(config, ("tests", number, "who"))),
            allow=_entries(config, ("tests", number, "allow"), [probe.pattern for probe in test.allow]),
            deny=_entries(config, ("tests", number, "deny"), [probe.pattern for probe in test.deny]),
        )
        for number, test in enumerate(config.tests)
    ]


def _entries(config: Config, path: KeyPath, texts: Sequence[str]) -> tuple[Entry, ...]:
    return tuple(Entry(text=text, where=_where(config, (*path, index))) for index, text in enumerate(texts))


def _where(config: Config, path: KeyPath) -> str:
    place = config.places.get(path)
    return "" if place is None else str(place)
