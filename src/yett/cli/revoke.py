"""`yett revoke`: keep somebody out whose credential still says otherwise. Works on the revocation file alone."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yett.cli.console import Exit, config_option, fail, load_or_exit, output_option
from yett.cli.lifetime import end

if TYPE_CHECKING:
    from yett.identity.revocation import Revoked


@click.command(short_help="Keep a user, program, token or sign-in out, at once")
@click.argument("who", required=False)
@click.option("--issuer", default="", metavar="URL", help="Only where this issuer says so (`iss`); otherwise any.")
@click.option("--for", "lifetime", default="never", help="How long (`12h`, `30d`); by default for good.")
@click.option("--note", default="", help="A remark for `yett revoke --list`.")
@click.option("--undo", is_flag=True, help="Let WHO in again.")
@click.option("--list", "shown", is_flag=True, help="List what is revoked.")
@click.option("--revoked", "path", metavar="FILE", type=click.Path(path_type=Path), help="The revocation file itself.")
@config_option
@output_option("text", "json")
def command(  # noqa: PLR0913, PLR0917 - one argument for each option
    who: str | None,
    issuer: str,
    lifetime: str,
    note: str,
    undo: bool,  # noqa: FBT001 - click passes flags by name
    shown: bool,  # noqa: FBT001 - as above
    path: Path | None,
    config_path: Path,
    output: str,
) -> None:
    """Keep WHO out: `user:alice`, `client:ci-bot`, `token:4f1c...` (a `jti`, or a key id), `session:8ab0...` (a `sid`).

    A running gateway refuses the next request within a second, and ends open streams within five. Exit 2 where the file
    cannot be used, or where `--undo` finds nothing.
    """
    from yett.errors import StoreError
    from yett.identity.entry import check_note, check_word
    from yett.identity.revocation import Revoked, named
    from yett.identity.revocations import RevocationFile

    file = RevocationFile(path or _configured(config_path))
    now = float(int(time.time()))
    try:
        if shown or who is None:
            _list(file.read(), now, output, asked=shown)
            return
        kind, name = named(who)
        if undo:
            taken = file.remove(kind, name, issuer)
            if not taken:
                fail(f"`{who}` is not revoked in `{file.file.path}`", Exit.USAGE)
            click.echo(f"{who} may come in again")
            return
        until = end(lifetime, now, option="--for")
        file.add(
            Revoked(
                kind=kind,
                name=name,
                issuer=check_word(issuer) if issuer else "",
                since=now,
                until=until,
                note=check_note(note),
            )
        )
    except (StoreError, ValueError) as error:
        fail(str(error), Exit.USAGE, output=output)
    click.echo(f"revoked {who}{_until(until)}")


def _configured(config_path: Path) -> Path:
    config = load_or_exit(config_path, secrets=False)
    if config.auth.revoked is None:
        fail(f"`{config_path}` has no `auth.revoked`: add `revoked: revoked.jsonl` to `auth`, and reload", Exit.USAGE)
    return config.auth.revoked


def _list(revocations: tuple[Revoked, ...], now: float, output: str, *, asked: bool) -> None:
    from yett.identity.entry import time_text

    if not asked:
        fail("nobody is named: `yett revoke user:alice`, or `yett revoke --list`", Exit.USAGE, output=output)
    if output == "json":
        rows = [
            {
                "revoke": one.who,
                "issuer": one.issuer,
                "since": None if one.since is None else time_text(one.since),
                "until": time_text(one.until),
                "over": one.until is not None and one.until <= now,
                "note": one.note,
            }
            for one in revocations
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for one in revocations:
        over = " (over)" if one.until is not None and one.until <= now else ""
        where = f" of {one.issuer}" if one.issuer else ""
        remark = f"  {one.note}" if one.note else ""
        click.echo(f"{one.who}{where}{_until(one.until)}{over}{remark}")
    if not revocations:
        click.echo("nothing is revoked", err=True)


def _until(until: float | None) -> str:
    from yett.identity.entry import time_text

    return "" if until is None else f" until {time_text(until)}"
