"""`yett validate`: whether the config can be used, and what is wrong with it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yett.cli.console import Exit, color_option, config_option, draw, fail, output_option, quiet_option
from yett.cli.stores import read_secrets

if TYPE_CHECKING:
    from yett.config.diagnostic import Diagnostic
    from yett.config.schema import Config


@click.command(short_help="Check the config as `run` would, without starting")
@config_option
@output_option("text", "json", "github")
@color_option
@quiet_option
@click.option("--no-secrets", is_flag=True, help="Do not read secrets: for machines that do not have them.")
@click.option("--inline", is_flag=True, help="As `protect()` and `yett wrap` would: servers may be `inline`.")
def command(config_path: Path, output: str, color: str, *, quiet: bool, no_secrets: bool, inline: bool) -> None:
    """Check the config as `run` would, without starting.

    Every error is shown with its place and what to do. Exit 0 when the config can be used (there may be warnings), 2
    when it cannot.
    """
    from yett.config.diagnostic import ERROR, InvalidConfig
    from yett.config.load import load

    try:
        config = load(config_path, secrets=not no_secrets)
    except InvalidConfig as error:
        _print(error.diagnostics, config_path, output, color)
        errors = sum(diagnostic.severity == ERROR for diagnostic in error.diagnostics)
        fail(f"{config_path} cannot be used: {_count(errors, 'error')}", Exit.USAGE, output=output)
    if found := _rehearsed(config, config_path, secrets=not no_secrets, inline=inline):
        _print(found, config_path, output, color)
        fail(f"{config_path} cannot be used: {_count(len(found), 'error')}", Exit.USAGE, output=output)
    _print([] if quiet and output == "text" else config.warnings, config_path, output, color)
    if output == "text" and not quiet:
        click.echo(f"{config_path} is valid: {_summary(config)}")
    sys.exit(Exit.OK)


def _rehearsed(config: Config, path: Path, *, secrets: bool, inline: bool) -> list[Diagnostic]:
    """What `run` would stop at although every line of the config is right."""
    from yett.config import build
    from yett.config.upstreams import check_reachable
    from yett.errors import ConfigError

    found = [_placed("test", f"{test.name}: {test.problem}", test.where, path) for test in build.failed_tests(config)]
    try:
        build.check_certificates(config)
    except ConfigError as error:
        found.append(_placed("config", str(error), error.where, path))
    try:
        if not inline:
            check_reachable(config)
    except ConfigError as error:
        help_ = "a config for `protect()` or `yett wrap` is checked with `yett validate --inline`"
        found.append(replace(_placed("config", str(error), error.where, path), help=help_))
    if secrets:
        found += [_placed("secret", problem, where, path) for where, problem in read_secrets(config)]
    return found


def _placed(code: str, message: str, where: str, path: Path) -> Diagnostic:
    from yett.config.diagnostic import Diagnostic

    if not where:
        return Diagnostic(code=code, message=message, file=str(path))
    file, line, column = where.rsplit(":", 2)
    lines = path.read_text(errors="replace").splitlines()
    excerpt = lines[int(line) - 1] if int(line) <= len(lines) else ""
    return Diagnostic(code=code, message=message, file=file, line=int(line), column=int(column), excerpt=excerpt)


def _print(diagnostics: Sequence[Diagnostic], path: Path, output: str, color: str) -> None:
    from yett.config.diagnostic import ERROR, as_github, as_json

    if output == "json":
        valid = all(diagnostic.severity != ERROR for diagnostic in diagnostics)
        found = [as_json(diagnostic) for diagnostic in diagnostics]
        click.echo(json.dumps({"file": str(path), "valid": valid, "diagnostics": found}, indent=2))
    elif output == "github":
        for diagnostic in diagnostics:
            click.echo(as_github(diagnostic))
    else:
        draw(diagnostics, color=color)


def _summary(config: Config) -> str:
    counts = ((len(config.servers), "server"), (len(config.roles), "role"), (len(config.tests), "test"))
    words = [_count(number, noun) for number, noun in counts]
    if config.warnings:
        words.append(_count(len(config.warnings), "warning"))
    return ", ".join(words)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
