"""`yett token explain`: what a token says, what the config makes of it, and why it would be refused."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from yett.cli.console import Exit, config_option, fail, load_or_exit, output_option

if TYPE_CHECKING:
    from yett.config.schema import Config
    from yett.core.verdict import Deny
    from yett.identity.explanation import Explanation
    from yett.identity.jwt import Jwt
    from yett.identity.key_source import KeySource
    from yett.identity.keys import Key

_LIMIT: Final = 16 * 1024
_MARKS: Final = {True: "ok", False: "NO", None: "  "}


@click.command("explain")
@click.argument("token", required=False)
@click.option("--file", "path", metavar="FILE", type=click.Path(path_type=Path), help="Read the token from a file.")
@click.option("--offline", is_flag=True, help="Do not ask the issuer for its keys: the signature is not checked.")
@config_option
@output_option("text", "json")
def explain(token: str | None, path: Path | None, config_path: Path, output: str, *, offline: bool) -> None:
    """Say what a TOKEN gives and through which claim, or why it would be refused and what to do.

    Pipe the token in (`pbpaste | yett token explain`) or name a file: an argument stays in the shell's history, and
    everybody on the machine can see it while the command runs. Exit 0 when the token would be accepted, 1 when not.
    """
    text = read_token(token, path)
    config = load_or_exit(config_path, secrets=False, color="auto")
    try:
        explanation = asyncio.run(explained(config, text, offline=offline))
    except ValueError as error:
        fail(str(error), Exit.USAGE, output=output)
    roles = _roles(config, explanation)
    if output == "json":
        click.echo(json.dumps(_as_json(explanation, roles), indent=2))
    else:
        click.echo("\n".join(_lines(explanation, roles)))
    sys.exit(Exit.OK if explanation.deny is None else Exit.FINDINGS)


def read_token(argument: str | None, path: Path | None) -> str:
    """The token from where it is; never from two places."""
    if argument is not None and argument != "-":
        click.echo("warning: a token as an argument stays in the shell's history: pipe it in, or use --file", err=True)
        text = argument
    elif path is not None:
        try:
            with path.open("rb") as file:
                text = file.read(_LIMIT + 1).decode("ascii", "replace")
        except OSError as error:
            fail(f"cannot read `{path}`: {(error.strerror or '').lower()}", Exit.USAGE)
    else:
        if sys.stdin.isatty():
            click.echo("paste the token, then press Ctrl-D", err=True)
        text = sys.stdin.buffer.read(_LIMIT + 1).decode("ascii", "replace")
    if len(text) > _LIMIT:
        fail(f"a token is no longer than {_LIMIT} characters", Exit.USAGE)
    return text.strip().removeprefix("Bearer ").strip()


async def explained(config: Config, text: str, *, offline: bool) -> Explanation:
    """Raises `ValueError` for what is no JWT, with what it is."""
    from yett.config.identity import trusting
    from yett.identity import explanation
    from yett.identity.jwt import looks_like
    from yett.identity.tokens import PREFIX

    if text.startswith(PREFIX):
        raise ValueError("a token of `yett token`: `yett token list` says whose it is and what it may")
    if not looks_like(text):
        raise ValueError("no JWT: an opaque token says nothing, only its issuer can (`auth.issuer.introspection`)")
    trusted, fetches = trusting(config, config.listen.port, lambda _sentence: None)
    try:
        by_name = {name: one for one in trusted for name in one.issuer.names}
        found = explanation.read(text, {name: one.issuer for name, one in by_name.items()})
        if isinstance(found, explanation.Explanation):
            return found
        jwt, issuer = found
        key = None if offline else await _key(by_name[issuer.name].keys, jwt)
        return explanation.explain(jwt, issuer, key, time.time())
    finally:
        for one in trusted:
            await one.keys.close()
        for fetch in fetches:
            await fetch.close()


async def _key(keys: KeySource, jwt: Jwt) -> Key | Deny:
    from yett.identity.pending import Pending

    while True:
        found = keys.find(jwt.kid)
        if not isinstance(found, Pending):
            return found
        await found.wait()


def _roles(config: Config, explanation: Explanation) -> list[str]:
    """The roles of the config that the token's owner has, and the lines that give them."""
    from yett.config.rules import policy_of

    if explanation.principal is None:
        return []
    held = policy_of(config).held(explanation.principal)
    return [f"{one.role}{f'  by {one.via}  {one.where}'.rstrip() if one.via else ''}" for one in held]


def _lines(explanation: Explanation, roles: list[str]) -> list[str]:
    lines = [f"{_MARKS[line.good]}  {line.title:<10}{_printable(line.text)}" for line in explanation.lines]
    deny = explanation.deny
    if deny is None:
        lines += [f"    {'gives' if not number else '':<10}{role}" for number, role in enumerate(roles or ["no role"])]
        return [*lines, "ACCEPTED" if _checked(explanation) else "ACCEPTED, if the signature is good"]
    lines.append(f"REFUSED  {deny.reason.code}: {_printable(deny.detail)}")
    return [*lines, *([f"fix: {explanation.fix}"] if explanation.fix else [])]


def _checked(explanation: Explanation) -> bool:
    return all(line.good is not None for line in explanation.lines if line.title == "signature")


def _as_json(explanation: Explanation, roles: list[str]) -> dict[str, object]:
    deny = explanation.deny
    return {
        "accepted": False if deny is not None else True if _checked(explanation) else None,
        "reason": deny.reason.code if deny is not None else "",
        "detail": deny.detail if deny is not None else "",
        "fix": explanation.fix,
        "roles": roles,
        "checks": [{"title": line.title, "text": line.text, "good": line.good} for line in explanation.lines],
    }


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text[:1_000])
