"""`yett token`: make, list and revoke tokens. Works on the token file alone; no gateway needs to run."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yett.cli.console import Exit, config_option, fail, load_or_exit, output_option
from yett.cli.lifetime import end
from yett.cli.token_explain import explain

if TYPE_CHECKING:
    from yett.identity.entry import Entry

_TOKENS = click.option(
    "--tokens", "tokens_path", metavar="FILE", type=click.Path(path_type=Path), help="The token file itself."
)


@click.group(short_help="Make, list, revoke or explain tokens")
def command() -> None:
    """Make, list, revoke and explain tokens. A running gateway follows within a second."""


command.add_command(explain)


@command.command()
@click.argument("user")
@click.option("--role", "roles", multiple=True, help="A role of the config; again for more.")
@click.option("--scope", "scopes", multiple=True, help="A scope; again for more.")
@click.option("--group", "groups", multiple=True, help="A group; again for more.")
@click.option("--expires", default="90d", show_default=True, help="Lifetime (`12h`, `30d`, `8w`), or `never`.")
@click.option("--note", default="", help="A remark for `yett token list`.")
@_TOKENS
@config_option
def new(
    user: str,
    roles: tuple[str, ...],
    scopes: tuple[str, ...],
    groups: tuple[str, ...],
    expires: str,
    note: str,
    tokens_path: Path | None,
    config_path: Path,
) -> None:
    """Make a token for USER and print it, alone, on stdout. It is shown once: only its digest is kept."""
    from yett.errors import StoreError
    from yett.identity.entry import Entry, check_note, check_scope, check_word, time_text
    from yett.identity.token_file import TokenFile
    from yett.identity.tokens import RANDOM_BYTES, mint

    now = float(int(time.time()))
    path = tokens_path or _configured(config_path, roles)
    minted = mint(secrets.token_bytes(RANDOM_BYTES))
    try:
        entry = Entry(
            id=minted.key_id,
            digest=minted.digest,
            user=check_word(user),
            roles=tuple(check_word(role) for role in dict.fromkeys(roles)),
            scopes=tuple(check_scope(scope) for scope in dict.fromkeys(scopes)),
            groups=tuple(check_word(group) for group in dict.fromkeys(groups)),
            created=now,
            expires=end(expires, now, option="--expires"),
            note=check_note(note),
        )
        TokenFile(path).add(entry)
    except (StoreError, ValueError) as error:
        fail(str(error), Exit.USAGE)
    click.echo(minted.token)
    until = "never expires" if entry.expires is None else f"expires {time_text(entry.expires)}"
    click.echo(f"token {entry.id} for {entry.user} {until}; it is shown this once, `{path}` keeps its digest", err=True)


@command.command("list")
@_TOKENS
@config_option
@output_option("text", "json")
def list_(tokens_path: Path | None, config_path: Path, output: str) -> None:
    """List the tokens: ids, users and times. There is no secret to show."""
    from yett.errors import StoreError
    from yett.identity.token_file import TokenFile

    path = tokens_path or _configured(config_path)
    try:
        entries = TokenFile(path).read()
    except StoreError as error:
        fail(str(error), Exit.USAGE, output=output)
    now = time.time()
    if output == "json":
        click.echo(json.dumps([_row(entry, now) for entry in entries], indent=2))
        return
    for entry in entries:
        click.echo(_line(entry, now))
    if not entries:
        click.echo(f"no tokens in `{path}`: make one with `yett token new USER`", err=True)


@command.command()
@click.argument("which", metavar="ID|USER")
@_TOKENS
@config_option
def revoke(which: str, tokens_path: Path | None, config_path: Path) -> None:
    """Revoke the token ID, or all tokens of USER. Exit 2 where there is none."""
    from yett.errors import StoreError
    from yett.identity.token_file import TokenFile

    path = tokens_path or _configured(config_path)
    try:
        taken = TokenFile(path).revoke(which)
    except StoreError as error:
        fail(str(error), Exit.USAGE)
    if not taken:
        fail(f"no token and no user `{which}` in `{path}`: `yett token list` shows them", Exit.USAGE)
    for entry in taken:
        click.echo(f"revoked {entry.id} of {entry.user}")


def _configured(config_path: Path, roles: tuple[str, ...] = ()) -> Path:
    """The token file that a config names. Roles that it does not know are pointed out, not refused: they may come."""
    config = load_or_exit(config_path, secrets=False)
    if config.auth.tokens is None:
        fail(f"`{config_path}` has no `auth.tokens`: name the file with `--tokens FILE`", Exit.USAGE)
    for role in roles:
        if role not in config.roles:
            click.echo(f"warning: `{config_path}` has no role `{role}`", err=True)
    return config.auth.tokens


def _row(entry: Entry, now: float) -> dict[str, object]:
    from yett.identity.entry import time_text

    return {
        "id": entry.id,
        "user": entry.user,
        "roles": list(entry.roles),
        "scopes": list(entry.scopes),
        "groups": list(entry.groups),
        "created": None if entry.created is None else time_text(entry.created),
        "expires": time_text(entry.expires),
        "expired": entry.expired(now),
        "note": entry.note,
    }


def _line(entry: Entry, now: float) -> str:
    from yett.identity.entry import time_text

    until = f"{'EXPIRED' if entry.expired(now) else 'until'} {time_text(entry.expires)}"
    if entry.expires is None:
        until = "never expires"
    more = [f"roles={','.join(entry.roles)}", f"groups={','.join(entry.groups)}", f"scopes={','.join(entry.scopes)}"]
    parts = [entry.id, f"{entry.user:16}", f"{until:28}", *(part for part in more if not part.endswith("="))]
    return "  ".join([*parts, entry.note]).rstrip()
