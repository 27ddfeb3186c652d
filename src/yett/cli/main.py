"""`yett`: the table of commands, and what happens when one fails. Commands are imported when they are used."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from yett import __version__
from yett.cli.console import Exit


class Listed(NamedTuple):
    """A command in the table: what follows its name, what it does, and where it is (`module:attribute`)."""

    arguments: str
    help: str
    target: str


COMMANDS: Final[Mapping[str, Mapping[str, Listed]]] = {
    "Start here": {
        "audit": Listed("[TARGET]", "Find what an attacker would find   (no config needed)", "yett.cli.audit:command"),
        "run": Listed("", "Start the gateway", "yett.cli.run:command"),
        "wrap": Listed("-- COMMAND", "Stand between a client and one stdio server", "yett.cli.wrap:command"),
        "token": Listed("", "Make, list, revoke or explain tokens", "yett.cli.token:command"),
    },
    "Configuration": {
        "validate": Listed("", "Check the config as `run` would, without starting", "yett.cli.validate:command"),
        "test": Listed("", "Run the policy tests in the config", "yett.cli.test:command"),
        "show": Listed("", "Print the effective config and where each value comes from", "yett.cli.show:command"),
        "explain": Listed("WHO TOOL", "Why is this call allowed or denied?", "yett.cli.explain:command"),
        "harden": Listed("TARGET", "Print hardened Docker, Kubernetes and proxy files", "yett.cli.harden:command"),
        "rule": Listed("[ID]", "What an audit rule looks for, and how to fix it", "yett.cli.rule:command"),
        "schema": Listed("", "Print the JSON Schema", "yett.cli.schema:command"),
    },
    "Operate": {
        "doctor": Listed("", "Find what keeps callers out or servers from answering", "yett.cli.doctor:command"),
        "reload": Listed("", "Apply the config to a running gateway, or keep the old one", "yett.cli.reload:command"),
        "revoke": Listed("WHO", "Keep a user, program, token or sign-in out, at once", "yett.cli.revoke:command"),
        "ledger": Listed("", "verify (prove that nothing was altered) or tail the ledger", "yett.cli.ledger:command"),
    },
}
_OPTIONS: Final = """\
Options
  -c, --config FILE   [env: YETT_CONFIG]  default: ./yett.yaml
      --output KIND   text | json | sarif | html | pdf | junit | github, where the command has them
      --color WHEN    auto | always | never     (NO_COLOR and FORCE_COLOR are honoured)
  -q / -v             Less / more
  -h, --help          -V, --version      --completions SHELL
"""
_END: Final = """\
Examples
  yett audit . --fail-on medium
  yett token new alice --role reader --tokens tokens.yaml
  yett explain alice demo.delete_all

Exit codes: 0 ok  1 findings or failed tests  2 bad usage or config  3 sign-in needed  4 unreachable  5 bug
`yett <command> --help` says more about a command.
"""


class Commands(click.Group):
    """The commands of the table, imported one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name in the table."""
        del ctx
        return [name for group in COMMANDS.values() for name in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        listed = next((group[cmd_name] for group in COMMANDS.values() if cmd_name in group), None)
        if listed is None:
            return None
        module, _, attribute = listed.target.partition(":")
        try:
            command: click.Command = getattr(import_module(module), attribute)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise click.UsageError(f"`{cmd_name}` is not part of this installation") from None
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the nearest one."""
        name = args[0]
        known = self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "`yett --help` lists them"
            raise click.UsageError(f"unknown command `{name}`: {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview without importing a command."""
        del ctx
        formatter.write("Yett - security gateway and auditor for MCP servers\n\nUsage: yett <command> [options]\n\n")
        for title, commands in COMMANDS.items():
            formatter.write(f"{title}\n")
            for name, listed in commands.items():
                formatter.write(f"  {f'{name} {listed.arguments}'.rstrip():<20}{listed.help}\n")
            formatter.write("\n")
        formatter.write(f"{_OPTIONS}\n{_END}")


def _complete(ctx: click.Context, _parameter: click.Parameter, shell: str | None) -> None:
    if shell is None or ctx.resilient_parsing:
        return
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is not None:
        click.echo(found(ctx.command, {}, "yett", "_YETT_COMPLETE").source())
    ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.version_option(__version__, "-V", "--version", message="yett %(version)s")
@click.option(
    "--completions",
    type=click.Choice(["bash", "zsh", "fish"]),
    is_eager=True,
    expose_value=False,
    callback=_complete,
    help="Print the completions for a shell.",
)
def cli() -> None:
    """Yett, the security gateway and auditor for MCP servers."""


def main() -> None:
    """Run the command line, and exit."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot write a character is no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command line. Every failure has an exit code and a sentence, and none a traceback."""
    try:
        result: Any = cli.main(list(arguments), prog_name="yett", standalone_mode=False)
    except click.Abort:
        return 130
    except click.ClickException as error:
        return _misused(error)
    except BrokenPipeError:
        # Whoever read the output has gone, as `head` does. Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as error:  # noqa: BLE001 - the last place that can say something
        return _said(error)
    return result if isinstance(result, int) else Exit.OK


def _misused(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        # A group without its command: what it offers says it all, and is no error to read about.
        click.echo(error.format_message(), err=True)
        return Exit.USAGE
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    more = f"\ntry `{context.command_path} --help`" if context is not None else ""
    click.echo(f"error: {message[:1].lower()}{message[1:]}{more}", err=True)
    return Exit.USAGE


def _said(error: Exception) -> int:
    from yett.errors import ConfigError, UpstreamError, YettError

    if not isinstance(error, YettError):
        return _bug(error)
    where = f"{error.where}: " if isinstance(error, ConfigError) and error.where else ""
    click.echo(f"error: {where}{error}", err=True)
    return Exit.UNREACHABLE if isinstance(error, UpstreamError) else Exit.USAGE


def _bug(error: Exception) -> int:
    # Type and place only: the text of a foreign exception may hold anything, secrets too.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    what = f"a bug in yett {__version__} ({type(error).__name__} at {place})"
    click.echo(f"error: {what}; please report this line and your command", err=True)
    if os.environ.get("YETT_DEBUG"):
        traceback.print_exception(error)
    return Exit.BUG
