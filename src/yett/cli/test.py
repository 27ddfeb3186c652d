"""`yett test`: the policy tests of the config, as every start and reload runs them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from yett.cli.console import (
    Exit,
    color_option,
    colored,
    config_option,
    fail,
    load_or_exit,
    output_option,
    quiet_option,
)

if TYPE_CHECKING:
    from yett.policy.trial import TestResult

_GREEN, _RED, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"
_MICRO: Final = 1_000_000


@click.command(short_help="Run the policy tests in the config")
@config_option
@output_option("text", "json", "junit")
@color_option
@quiet_option
def command(config_path: Path, output: str, color: str, *, quiet: bool) -> None:
    """Run the policy tests in the config: what somebody must be able to use, and what not.

    No server is asked. Exit 0 when all pass, 1 when one fails.
    """
    from yett.config.rules import cases_of, policy_of
    from yett.errors import PolicyError
    from yett.policy.trial import run_tests

    config = load_or_exit(config_path, secrets=False, color=color)
    try:
        results = run_tests(policy_of(config), cases_of(config), time.perf_counter)
    except PolicyError as error:
        fail(f"{error.where}: {error}" if error.where else str(error), Exit.USAGE, output=output)
    if output == "json":
        click.echo(json.dumps([_as_json(result) for result in results], indent=2))
    elif output == "junit":
        click.echo(_as_junit(results, str(config_path)))
    else:
        _print(results, config_path, paint=colored(color, sys.stdout), quiet=quiet)
    sys.exit(Exit.OK if all(result.passed for result in results) else Exit.FINDINGS)


def _print(results: Sequence[TestResult], path: Path, *, paint: bool, quiet: bool) -> None:
    width = max((len(result.name) for result in results), default=0)
    for result in results:
        if not (quiet and result.passed):
            click.echo(_line(result, width, paint=paint), color=paint)
    passed = sum(result.passed for result in results)
    if not results:
        click.echo(f"0/0 passed: `{path}` has no tests; add `tests:` to say what the roles must mean")
    elif not quiet or passed < len(results):
        click.echo(f"{passed}/{len(results)} passed")


def _line(result: TestResult, width: int, *, paint: bool) -> str:
    word = "PASS" if result.passed else "FAIL"
    if paint:
        word = f"{_GREEN if result.passed else _RED}{word}{_PLAIN}"
    time_taken = f"({result.seconds * _MICRO:.0f} \N{MICRO SIGN}s)"
    grants = ", ".join(grant.index for grant in result.grants) or "nothing allows it"
    why = f"{grants}  {time_taken}" if result.passed else result.problem
    return f"{word} {result.name:<{width}}  {why}"


def _as_json(result: TestResult) -> dict[str, object]:
    import msgspec

    return {
        "name": result.name,
        "passed": result.passed,
        "problem": result.problem,
        "where": result.where,
        "grants": msgspec.to_builtins(result.grants),
        "seconds": result.seconds,
    }


def _as_junit(results: Sequence[TestResult], suite: str) -> str:
    failed = sum(not result.passed for result in results)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name="{_attribute(suite)}" tests="{len(results)}" failures="{failed}">',
    ]
    for result in results:
        head = f'  <testcase name="{_attribute(result.name)}" file="{_attribute(result.where)}"'
        head += f' time="{result.seconds:.6f}"'
        problem = f'<failure message="{_attribute(result.problem)}"/>'
        lines.append(f"{head}/>" if result.passed else f"{head}>{problem}</testcase>")
    return "\n".join([*lines, "</testsuite>"])


def _attribute(text: str) -> str:
    """Text for an XML attribute; characters that XML cannot hold are replaced."""
    return escape("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text), quote=True)
