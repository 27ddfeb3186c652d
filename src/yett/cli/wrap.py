"""`yett wrap`: what a client starts in place of a stdio server."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yett.cli.closed import close
from yett.cli.console import Exit, config_option, fail, load_or_exit
from yett.cli.run import log_to_stderr, loop_runner

if TYPE_CHECKING:
    from yett.config.schema import Config
    from yett.enforce.wrapped import Wrapped

TOKEN = "YETT_TOKEN"  # noqa: S105 - the name of the variable


@click.command(short_help="Serve one stdio server to the client that started this")
@config_option
@click.option(
    "--server", "name", default="", metavar="NAME", help="Which server of the config; needed where it has several."
)
@click.option("--env", "variables", multiple=True, metavar="NAME", help="Give COMMAND this environment variable, too.")
@click.option("-v", "--verbose", count=True, help="Log more: once for every event, twice for the libraries' too.")
@click.option("-q", "--quiet", is_flag=True, help="Log errors only.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def command(
    config_path: Path,
    name: str,
    variables: tuple[str, ...],
    verbose: int,
    quiet: bool,  # noqa: FBT001 - click passes flags by name
    command: tuple[str, ...],
) -> None:
    """Stand between a client and one server, on standard input and output.

    A client starts `yett wrap -- COMMAND` in place of COMMAND. What it may call, what is checked and what is recorded
    is the config's, as behind the gateway. The server is `inline: true` in the config; a server with a `command` or
    `url` there is served without COMMAND. The caller is `auth.stdio` of the config, or whoever the token in
    YETT_TOKEN belongs to.
    """
    close()
    config = load_or_exit(config_path)
    log_to_stderr(verbose, quiet=quiet)
    wrapped = _wrapped(config, name, variables, command)
    from yett.wire.pipes import take_over

    if sys.stdin.isatty():
        click.echo("yett wrap serves a client on standard input: name it in the client's config", err=True)
    sys.exit(loop_runner()(_serve(wrapped, *take_over())))


def _wrapped(config: Config, name: str, variables: tuple[str, ...], argv: tuple[str, ...]) -> Wrapped:
    from yett.enforce.wrapped import Wrapped, check_caller, chosen, with_command
    from yett.errors import ConfigError, YettError

    token = os.environ.get(TOKEN, "")
    missing = [variable for variable in variables if variable not in os.environ]
    if missing:
        fail(f"the environment has no `{missing[0]}`: set it where the client starts `yett wrap`", Exit.USAGE)
    try:
        server = chosen(config, name)
        given = {variable: os.environ[variable] for variable in variables}
        config = with_command(config, server, argv, given, Path.cwd())
        check_caller(config, token)
        return Wrapped(config, server, token=token, given=argv)
    except ConfigError as error:
        fail(f"{error.where}: {error}" if error.where else str(error), Exit.USAGE)
    except YettError as error:
        fail(str(error), Exit.USAGE)


async def _serve(wrapped: Wrapped, source: int, sink: int) -> int:
    from yett.enforce.wrapped import run
    from yett.errors import YettError

    told = asyncio.Event()
    _tell_on_signals(told)
    try:
        await run(wrapped, source, sink, told)
    except YettError as error:
        click.echo(f"error: {error}", err=True)
        return Exit.USAGE
    if wrapped.died:
        click.echo("error: the server has ended", err=True)
        return Exit.UNREACHABLE
    return Exit.OK


def _tell_on_signals(told: asyncio.Event) -> None:
    if sys.platform != "win32":
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, told.set)
