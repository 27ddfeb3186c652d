"""`yett explain`: why somebody may or may not use one tool, prompt or resource, by the policy of the config."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from yett.cli.console import Exit, color_option, colored, config_option, fail, load_or_exit, output_option

if TYPE_CHECKING:
    from yett.config.schema import Config
    from yett.core.exchange import Principal
    from yett.policy.grant import Grant
    from yett.policy.membership import Held
    from yett.policy.pattern import Pattern
    from yett.policy.policy import Policy

_VERBS: Final = {"tool": "call", "resource": "read", "prompt": "get"}
_GREEN, _RED, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"


@click.command(short_help="Why is this call allowed or denied?")
@click.argument("who")
@click.argument("what", metavar="TOOL")
@click.option("--role", "roles", multiple=True, help="A role that WHO's token carries; again for more.")
@config_option
@output_option("text", "json")
@color_option
def command(who: str, what: str, roles: tuple[str, ...], config_path: Path, output: str, color: str) -> None:
    """Say whether WHO may use TOOL, which rule decides, and what would change it.

    WHO is `alice`, `role:...` (a role of the config, or one that an identity provider claims), `group:...`, `everyone`
    (somebody who is only signed in) or `anonymous`. TOOL is `server.tool`, `server.prompt:name` or
    `server.resource:uri`. Only the policy is asked: not whether the tool exists, nor what limits and arguments say.
    Exit 0 when it allows, 1 when it denies.
    """
    from yett.config.rules import policy_of
    from yett.errors import PolicyError
    from yett.policy.who import read_who

    config = load_or_exit(config_path, secrets=False, color=color)
    policy = policy_of(config)
    try:
        pattern = _one_thing(what, config)
        principal = read_who(who, roles=_known_roles(roles, policy), defined=policy.roles)
    except PolicyError as error:
        fail(str(error), Exit.USAGE, output=output)
    answer = _Answer(policy, who, principal, pattern)
    if output == "json":
        click.echo(json.dumps(answer.as_json(), indent=2))
    else:
        paint = colored(color, sys.stdout)
        click.echo("\n".join([answer.headline(paint=paint), *answer.lines()]), color=paint)
    sys.exit(Exit.OK if answer.decision.allowed else Exit.FINDINGS)


class _Answer:
    """One decision and everything that explains it."""

    def __init__(self, policy: Policy, who: str, principal: Principal, pattern: Pattern) -> None:
        name = (pattern.server, pattern.kind, pattern.name.text)
        self._policy = policy
        self._who = who
        self._principal = principal
        self._pattern = pattern
        self._held = policy.held(principal)
        self.decision = policy.decide(principal, *name)
        self._scopes = policy.lacking(principal, self.decision, *name) if self.decision.allowed else ()
        others = [] if self.decision.allowed else policy.grants(*name)
        self._others = [grant for grant in others if grant.effect == "allow"]

    def as_json(self) -> dict[str, object]:
        """For machines; the words for people are left out."""
        import msgspec

        return {
            "who": self._who,
            "what": self._pattern.text,
            "allowed": self.decision.allowed,
            "grants": msgspec.to_builtins(self.decision.grants),
            "roles": msgspec.to_builtins(self._held),
            "scopes": self._scopes,
            "allowed_by_others": msgspec.to_builtins(self._others),
        }

    def headline(self, *, paint: bool) -> str:
        """The answer in one line."""
        allowed = self.decision.allowed
        word = "ALLOWED" if allowed else "DENIED"
        word = f"{_GREEN if allowed else _RED}{word}{_PLAIN}" if paint else word
        return (
            f"{word}  {self._who} {'may' if allowed else 'may not'} {_VERBS[self._pattern.kind]} {self._pattern.text}"
        )

    def lines(self) -> list[str]:
        """The reasons: roles, deciding rules, and what would be needed."""
        grants = [_grant(grant) for grant in self.decision.grants]
        return [
            *_titled("roles", [_role(role) for role in self._held] or ["none"]),
            *_titled("because", grants or ["nothing allows it"]),
            *_titled("scopes", [f"a token needs {' '.join(self._scopes)}"] if self._scopes else []),
            *_titled("needed", [] if self.decision.allowed else self._advice()),
        ]

    def _advice(self) -> list[str]:
        if not self._principal.issuer and not self._held:
            return ["a token: callers without one have no role"]
        if self.decision.grants:
            return ["remove or narrow what denies it: deny wins over every allow"]
        advice = [
            f"the role {' or '.join(sorted(self._policy.holders(grant.role)))}: {_grant(grant)}"
            for grant in self._others
        ]
        return advice or [f"a line `{self._pattern.text}` under `allow` of a role that they have"]


def _one_thing(what: str, config: Config) -> Pattern:
    from yett.errors import PolicyError
    from yett.policy.pattern import RESOURCE, parse
    from yett.policy.role import nearest
    from yett.protocol.uri import canonical

    pattern = parse(what)
    if not pattern.exact:
        raise PolicyError(f"`{what}` names more than one thing: ask about one")
    if pattern.server not in config.servers:
        raise PolicyError(f"no server is called `{pattern.server}`{nearest(pattern.server, config.servers)}")
    if pattern.kind == RESOURCE and canonical(pattern.name.text) != pattern.name.text:
        better = canonical(pattern.name.text)
        hint = f": write `{better}`" if better else ", and has none"
        raise PolicyError(f"`{pattern.name.text}` is not the canonical form of a URI{hint}")
    return pattern


def _known_roles(roles: tuple[str, ...], policy: Policy) -> tuple[str, ...]:
    from yett.errors import PolicyError
    from yett.policy.role import nearest

    for role in roles:
        if role not in policy.roles:
            raise PolicyError(f"no role is called `{role}`{nearest(role, policy.roles)}")
    return roles


def _titled(title: str, texts: list[str]) -> list[str]:
    """Lines under one title."""
    return [f"  {'' if number else title:<9}{text}" for number, text in enumerate(texts)]


def _role(role: Held) -> str:
    via = ", ".join(part for part in (role.via, role.where) if part)
    return f"{role.role} ({via})" if via else role.role


def _grant(grant: Grant) -> str:
    return f"{grant.index}  {grant.pattern}  {grant.where}".rstrip()
