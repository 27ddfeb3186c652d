"""`yett audit`: finds what an attacker would find in servers, configs and packages."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from yett.cli.audit_kinds import KINDS, kind_of
from yett.cli.console import Exit, color_option, fail

if TYPE_CHECKING:
    from yett.auditor.earlier import Earlier
    from yett.auditor.live.wishes import Wishes
    from yett.auditor.report import Report
    from yett.cli.audit_scan import Asked, Scan
    from yett.secrets.secret import Secret

_SEVERITIES: Final = ("info", "low", "medium", "high", "critical")
_CONFIDENCES: Final = ("low", "medium", "high")
_NEVER: Final = "never"
_FAIL_ON: Final = "high"
_FILE: Final = click.Path(path_type=Path)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Options:
    """The options of one run, as click gives them."""

    fail_on: str | None
    min_severity: str
    min_confidence: str
    rule: tuple[str, ...]
    no_rule: tuple[str, ...]
    baseline: Path | None
    diff: Path | None
    fix: bool
    timeout: int
    offline: bool
    start: bool
    token_env: str | None
    probes: bool
    foreign_token_env: str | None
    second_token_env: str | None
    direct: str | None
    burst: int
    call_tools: tuple[str, ...]
    output: str | None
    output_file: tuple[Path, ...]
    no_progress: bool
    color: str
    quiet: bool
    verbose: bool


@click.command(short_help="Find what an attacker would find")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option(
    "--fail-on",
    type=click.Choice([*_SEVERITIES, _NEVER]),
    help="Exit 1 when a finding is at least this severe.  [default: high; with --output sarif: never]",
)
@click.option("--min-severity", type=click.Choice(_SEVERITIES), default="info", help="Leave out what is less severe.")
@click.option("--min-confidence", type=click.Choice(_CONFIDENCES), default="low", help="Leave out what is less sure.")
@click.option("--rule", multiple=True, metavar="ID", help="Run only this rule; again for more.")
@click.option("--no-rule", multiple=True, metavar="ID", help="Leave this rule out; again for more.")
@click.option("--baseline", type=_FILE, metavar="FILE", help="Accept what an earlier JSON report found; tell the rest.")
@click.option("--diff", type=_FILE, metavar="FILE", help="Tell what is new and what is fixed since a JSON report.")
@click.option("--offline", is_flag=True, help="Never use the network: a URL is not asked.")
@click.option("--start", is_flag=True, help="Start a TARGET that is a command, in a sandbox where bubblewrap is there.")
@click.option("--token-env", metavar="NAME", help="Sign in at a URL with the token in this environment variable.")
@click.option("--probes/--no-probes", default=True, help="Send a URL odd, harmless requests.  [default: probes]")
@click.option("--foreign-token-env", metavar="NAME", help="Probe with this token, which is meant for another server.")
@click.option("--second-token-env", metavar="NAME", help="Probe sessions with this token, which is another user's.")
@click.option("--direct", metavar="URL", help="Probe whether the server behind the gateway at URL answers by itself.")
@click.option("--burst", type=click.IntRange(0, 2_000), default=0, help="Probe for a rate limit with so many requests.")
@click.option(
    "--timeout",
    type=click.IntRange(0),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="Time of the processor for one target; its code is left out when that is not enough. 0: no limit.",
)
@click.option("--call-tools", multiple=True, metavar="NAME", help="Call this tool without a token; again for more.")
@click.option("--fix", is_flag=True, help="Make the edits that are safe; a copy of each file stays beside it.")
@click.option(
    "--output",
    type=click.Choice(KINDS),
    help="The form of the report.  [default: text]",
)
@click.option(
    "-o",
    "--output-file",
    multiple=True,
    type=_FILE,
    metavar="FILE",
    help="Write the report to a file, in the form its name says; again for more.",
)
@click.option("--no-progress", is_flag=True, help="Do not show on the terminal what is being read.")
@color_option
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
@click.option("-v", "--verbose", is_flag=True, help="Print every file that was not read, too.")
def command(targets: tuple[str, ...], **options: Any) -> None:
    """Find what an attacker would find in MCP servers, and say how to fix it.

    A TARGET is a folder, a file (source code, a client's config, server.json, yett.yaml, a tool catalogue, Dockerfile,
    Compose, Kubernetes), a package (wheel, sdist, npm tarball, .mcpb), the URL of a server, or a command that starts
    one. Without a TARGET, the configs of this machine's MCP clients are audited.

    Nothing of a target is executed without --start, and nothing is sent but to the URLs you name: a server is asked
    what it lists, and some sixty odd, harmless requests show what it refuses. No tool is called, but for those that
    --call-tools names.

    Exit 0 when nothing is as severe as --fail-on, 1 when something is, 2 when a target cannot be read,
    3 when one needs a sign-in, 4 when one does not answer, 5 when a rule broke (a bug of ours).
    """
    chosen = _Options(**options)
    asked = _asked(chosen)
    baseline, diff = _earlier(chosen.baseline), _earlier(chosen.diff)
    from yett.cli.audit_scan import scan
    from yett.cli.audit_write import write

    if chosen.output is not None and len(chosen.output_file) > 1:
        raise click.UsageError("`--output` says the form of one file: leave it out when there are several `-o`")
    for file in chosen.output_file:
        kind_of(file, chosen.output)
    found = scan(targets, asked)
    report = _narrowed(found.report(asked), chosen, baseline, diff)
    if chosen.fix and _fixed(report, found):
        report = _narrowed(scan(targets, asked).report(asked), chosen, baseline, diff)
    verbosity = -1 if chosen.quiet else int(chosen.verbose)
    write(report, chosen.output, chosen.output_file, color=chosen.color, verbosity=verbosity)
    _exit(report, chosen)


def _asked(chosen: _Options) -> Asked:
    from yett.auditor.registry import all_rules
    from yett.cli.audit_scan import Asked

    rules = all_rules()
    known = [rule.id for rule in rules]
    for rule_id in (*chosen.rule, *chosen.no_rule):
        if rule_id not in known:
            raise click.UsageError(f"no rule is called `{rule_id}`{_nearest(rule_id, known)}")
    wanted = [rule for rule in rules if rule.id in (chosen.rule or known) and rule.id not in chosen.no_rule]
    if not wanted:
        raise click.UsageError("no rule is left to run: `--no-rule` takes out everything that `--rule` names")
    left_out = [(rule_id, "not asked for") for rule_id in known if rule_id not in {rule.id for rule in wanted}]
    watched = sys.stderr.isatty() and not chosen.no_progress and not chosen.quiet
    return Asked(
        rules=wanted,
        left_out=left_out,
        today=_now().date().isoformat(),
        progress=watched,
        seconds=chosen.timeout,
        offline=chosen.offline,
        start=chosen.start,
        token=_token(chosen.token_env),
        wishes=_wishes(chosen),
    )


def _wishes(chosen: _Options) -> Wishes | None:
    if not chosen.probes:
        return None
    from yett.auditor.live.probing import where_of
    from yett.auditor.live.wishes import Wishes
    from yett.errors import TargetError

    try:
        direct = None if chosen.direct is None else where_of(chosen.direct)
    except TargetError as error:
        raise click.UsageError(f"`--direct`: {error}") from error
    return Wishes(
        token=_token(chosen.token_env, scheme=""),
        foreign=_token(chosen.foreign_token_env, "--foreign-token-env", scheme=""),
        second=_token(chosen.second_token_env, "--second-token-env", scheme=""),
        direct=direct,
        burst=chosen.burst,
        calls=chosen.call_tools,
    )


def _token(variable: str | None, option: str = "--token-env", scheme: str = "Bearer ") -> Secret | None:
    from yett.secrets.secret import Secret

    if variable is None:
        return None
    value = os.environ.get(variable)
    if not value:
        raise click.UsageError(f"the environment has no `{variable}`, which `{option}` names")
    return Secret(f"{scheme}{value}", shown=f"${{env:{variable}}}")


def _nearest(rule_id: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(rule_id, known, n=1)
    return f": did you mean `{near[0]}`?" if near else ": `yett rule` lists them"


def _earlier(path: Path | None) -> Earlier | None:
    from yett.auditor.earlier import read_earlier

    return None if path is None else read_earlier(path)


def _narrowed(report: Report, chosen: _Options, baseline: Earlier | None, diff: Earlier | None) -> Report:
    """The report without what was not asked for, compared with what was known."""
    from yett import __version__
    from yett.auditor.earlier import compared, without_known

    if baseline is not None:
        report = without_known(report, baseline)
    severity, confidence = _SEVERITIES.index(chosen.min_severity), _CONFIDENCES.index(chosen.min_confidence)
    kept = tuple(each for each in report.findings if each.severity >= severity and each.confidence >= confidence)
    hidden = len(report.findings) - len(kept)
    report = replace(report, findings=kept, hidden=hidden, made_at=_stamp(), version=__version__)
    return report if diff is None else compared(report, diff)


def _fixed(report: Report, found: Scan) -> bool:
    """Make the safe edits, say what was done, and answer whether anything was."""
    from yett.auditor.fixes import fix_files
    from yett.auditor.output.wording import count

    done = fix_files(report.findings, found.files())
    for each in done:
        if each.refused:
            click.echo(f"not fixed: {each.path}: {each.refused}", err=True)
        else:
            click.echo(f"fixed {each.path}: {', '.join(each.rules)} ({count(each.edits, 'edit')})", err=True)
            click.echo(f"  {each.backup} is the file as it was: delete it when you have moved what it held", err=True)
    if not done:
        click.echo("nothing here can be fixed without a person", err=True)
    return any(not each.refused for each in done)


def _exit(report: Report, chosen: _Options) -> None:
    """Exit with the gravest of what happened: a bug, what could not be audited, what was found."""
    from yett.auditor.report import Trouble

    troubles = {each.trouble for each in report.failed}
    limit = chosen.fail_on or (_NEVER if chosen.output == "sarif" else _FAIL_ON)
    worst = report.worst()
    for code, holds, says in (
        (Exit.BUG, bool(report.broken), "a rule broke: please report it"),
        (Exit.USAGE, Trouble.UNREADABLE in troubles, "not every target could be audited"),
        (Exit.UNREACHABLE, Trouble.UNREACHABLE in troubles, "not every target answered"),
        (Exit.SIGN_IN, Trouble.SIGN_IN in troubles, "a target needs a sign-in"),
        (
            Exit.FINDINGS,
            limit != _NEVER and worst is not None and worst >= _SEVERITIES.index(limit),
            f"found something of severity {limit} or above",
        ),
    ):
        if holds:
            if chosen.output == "json":
                fail(says, code, output="json")
            sys.exit(code)
    sys.exit(Exit.OK)


def _now() -> datetime:
    """Now; or the time that reproducible builds ask for (reproducible-builds.org, SOURCE_DATE_EPOCH)."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(given), UTC) if given.isdecimal() and len(given) < 12 else datetime.now(UTC)  # noqa: PLR2004 - longer is past the year 9999


def _stamp() -> str:
    return _now().strftime("%Y-%m-%dT%H:%M:%SZ")
