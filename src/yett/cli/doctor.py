"""`yett doctor`: what is wrong around a config, as `run` would meet it, each with its fix."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yett.cli import descriptors
from yett.cli.console import Exit, config_option, output_option
from yett.cli.token_explain import explained, read_token

if TYPE_CHECKING:
    from yett.config.schema import Config
    from yett.enforce.doctor.check import Check


@click.command(short_help="Find what keeps callers from signing in or servers from answering")
@config_option
@output_option("text", "json")
@click.option("--offline", is_flag=True, help="Ask no issuer, no server and no store of secrets.")
@click.option("--start", is_flag=True, help="Start the stdio servers too, and ask them what they speak.")
@click.option(
    "--token-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Judge this token too, as `yett token explain` does. `-` reads it from standard input.",
)
def command(config_path: Path, output: str, token_file: Path | None, *, offline: bool, start: bool) -> None:
    """Find what keeps callers from signing in or servers from answering, without starting to serve.

    Looks at the config, its files, certificate, ports, secrets, issuers, clock and servers. Writes nothing, starts no
    program unless told to, and shows no secret. Every check has a deadline.

    Exit 0 when all is well or only warned about, 1 when something fails, 2 when the config cannot be used, 4 when the
    only trouble is that an issuer or a server cannot be reached.
    """
    # What a gateway would log is what this prints.
    logging.getLogger("yett").addHandler(logging.NullHandler())
    token = None
    if token_file is not None:
        token = read_token(None, None if str(token_file) == "-" else token_file)
    checks = _checked(config_path, token, offline=offline, start=start)
    click.echo(json.dumps(_as_json(config_path, checks), indent=2) if output == "json" else "\n".join(_lines(checks)))
    sys.exit(_exit(checks))


def _checked(path: Path, token: str | None, *, offline: bool, start: bool) -> list[Check]:
    from yett.config.diagnostic import ERROR, InvalidConfig
    from yett.config.load import load
    from yett.enforce.doctor.check import Cause, failed

    try:
        config = load(path)
    except InvalidConfig as error:
        return [
            failed("config", f"{one.where}: {one.message}", one.help or "`yett validate` shows the place", Cause.CONFIG)
            for one in error.diagnostics
            if one.severity == ERROR
        ]
    return asyncio.run(_examined(config, token, offline=offline, start=start))


async def _examined(config: Config, token: str | None, *, offline: bool, start: bool) -> list[Check]:
    from yett.enforce.doctor.examination import examined

    checks = await examined(config, allowed_files=descriptors.allowed(), offline=offline, start=start)
    return checks if token is None else [*checks, await _token(config, token, offline=offline)]


async def _token(config: Config, token: str, *, offline: bool) -> Check:
    from yett.enforce.doctor import judgement
    from yett.enforce.doctor.check import failed, warn
    from yett.errors import ConfigError

    try:
        return judgement.token(await explained(config, token, offline=offline))
    except ValueError as error:
        return warn("token", str(error), "give the access token that the client sends, a JWT")
    except ConfigError as error:
        return failed("token", f"not judged: {error}", "correct the issuer's `ca` first")


def _exit(checks: Sequence[Check]) -> Exit:
    from yett.enforce.doctor.check import Cause, causes

    found = causes(checks)
    if Cause.CONFIG in found:
        return Exit.USAGE
    return Exit.FINDINGS if Cause.HERE in found else Exit.UNREACHABLE if found else Exit.OK


def _lines(checks: Sequence[Check]) -> list[str]:
    from yett.enforce.doctor.check import Status

    width = max(len(check.what) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{check.status:<4}  {check.what:<{width}}  {_printable(check.detail)}")
        if check.fix:
            lines.append(f"{'':<4}  {'':<{width}}  fix: {_printable(check.fix)}")
    counts = [(status, sum(check.status is status for check in checks)) for status in Status]
    words = {Status.OK: "ok", Status.WARN: "to look at", Status.FAIL: "failed", Status.SKIPPED: "not looked at"}
    return [*lines, ", ".join(f"{count} {words[status]}" for status, count in counts if count)]


def _as_json(path: Path, checks: Sequence[Check]) -> dict[str, object]:
    from yett.enforce.doctor.check import Status

    shown = [
        {
            "what": one.what,
            "status": one.status.name.lower(),
            "detail": one.detail,
            "fix": one.fix,
            "cause": one.cause.value if one.status is Status.FAIL else "",
        }
        for one in checks
    ]
    return {"file": str(path), "exit": int(_exit(checks)), "checks": shown}


def _printable(text: str) -> str:
    """What a server or an issuer says cannot move the cursor."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:1_000])
