"""What all commands share: options, colour, exit codes, and how a config that cannot be used is shown."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from yett.config.diagnostic import Diagnostic
    from yett.config.schema import Config

F = TypeVar("F", bound=Callable[..., Any])


class Exit(IntEnum):
    """What an exit code says."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    SIGN_IN = 3
    UNREACHABLE = 4
    BUG = 5


def config_option(function: F) -> F:
    """`-c FILE`: the config, as `config_path`."""
    return click.option(
        "-c",
        "--config",
        "config_path",
        metavar="FILE",
        type=click.Path(path_type=Path),
        default=Path("yett.yaml"),
        envvar="YETT_CONFIG",
        show_default=True,
        show_envvar=True,
        help="The config file.",
    )(function)


def output_option(*kinds: str) -> Callable[[F], F]:
    """`--output KIND`, as `output`; the first kind is the default."""
    return click.option(
        "--output", type=click.Choice(kinds), default=kinds[0], show_default=True, help="How to print the result."
    )


def color_option(function: F) -> F:
    """`--color WHEN`, as `color`."""
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="When to use colours. NO_COLOR and FORCE_COLOR are honoured.",
    )(function)


def quiet_option(function: F) -> F:
    """`-q`, as `quiet`."""
    return click.option("-q", "--quiet", is_flag=True, help="Print errors only.")(function)


def colored(when: str, stream: IO[str]) -> bool:
    """Whether to colour what goes to `stream`: no-color.org, then force-color.org, then whether somebody looks."""
    if when != "auto":
        return when == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def draw(diagnostics: Sequence[Diagnostic], *, color: str = "auto", err: bool = False) -> None:
    """Print diagnostics for people, an empty line after each."""
    from yett.config.diagnostic import COLOR, PLAIN, as_text

    stream = sys.stderr if err else sys.stdout
    palette = COLOR if colored(color, stream) else PLAIN
    for diagnostic in diagnostics:
        # `color=True`: the palette has decided already, and click must not strip what is forced.
        click.echo(as_text(diagnostic, palette) + "\n", err=err, color=True)


def load_or_exit(path: Path, *, secrets: bool = True, color: str = "auto") -> Config:
    """Read the config, or print what is wrong with it and exit 2. `secrets` as for `yett.config.load.load`."""
    from yett.config.diagnostic import InvalidConfig
    from yett.config.load import load

    try:
        return load(path, secrets=secrets)
    except InvalidConfig as error:
        draw(error.diagnostics, color=color, err=True)
        sys.exit(Exit.USAGE)


def fail(message: str, code: Exit, *, output: str = "text") -> NoReturn:
    """Say on stderr why the command fails, and exit. With `--output json` that is one line of JSON."""
    text = json.dumps({"error": message, "exit": int(code)}) if output == "json" else f"error: {message}"
    click.echo(text, err=True)
    sys.exit(code)
