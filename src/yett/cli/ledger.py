"""`yett ledger`: prove that the ledger is whole, and read it."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from yett.cli.console import Exit, config_option, fail, load_or_exit, output_option

if TYPE_CHECKING:
    from yett.ledger.chain import Head
    from yett.ledger.verify import Verification

_POLL_SECONDS: Final = 0.2

_PATH = click.argument("path", required=False, type=click.Path(path_type=Path))


@click.group(short_help="Verify and read the ledger")
def command() -> None:
    """Prove that the ledger is whole (verify), and read it (tail)."""


@command.command()
@_PATH
@config_option
@click.option("--key-file", type=click.Path(path_type=Path), help="The key, where no config says where it is.")
@click.option(
    "--old-key-file",
    "old_key_files",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A key that older segments were made with; may be given again.",
)
@click.option("--anchor", metavar="SEQUENCE:HASH", help="A head noted down earlier: that record must still be there.")
@output_option("text", "json")
def verify(
    path: Path | None,
    config_path: Path,
    key_file: Path | None,
    old_key_files: tuple[Path, ...],
    anchor: str | None,
    output: str,
) -> None:
    """Prove that no record of the ledger in folder PATH was changed, removed or moved.

    Exit 0 when all is whole, 1 when a record is bad (the first one is named), 2 when nothing can be checked.
    """
    from yett.errors import LedgerError
    from yett.ledger.key import read_key
    from yett.ledger.verify import verify as check

    key: bytes | None = None
    if path is None:
        settings = load_or_exit(config_path, secrets=key_file is None).ledger
        path = settings.path
        if settings.key is not None and key_file is None:
            key = settings.key.reveal().encode()
    head = None if anchor is None else _anchor(anchor)
    try:
        key = key if key_file is None else read_key(key_file)
        found = check(path, key, older=[read_key(file) for file in old_key_files], anchor=head)
    except (LedgerError, OSError) as error:
        fail(str(error), Exit.USAGE, output=output)
    click.echo(_verified_json(found) if output == "json" else _verified_text(found, beside=key is None))
    sys.exit(Exit.OK if found.ok else Exit.FINDINGS)


@command.command()
@_PATH
@config_option
@click.option("-n", "wanted", type=click.IntRange(0, 1_000_000), default=10, show_default=True, help="How many lines.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written from now on.")
@output_option("text", "json")
def tail(path: Path | None, config_path: Path, wanted: int, follow: bool, output: str) -> None:  # noqa: FBT001 - click
    """Print the newest exchanges of the ledger in folder PATH, one per line (times are UTC).

    It does not check them: run `yett ledger verify` before you believe what you read.
    """
    from yett.errors import LedgerError
    from yett.ledger.tail import Tail, Tell
    from yett.ledger.telling import Teller, as_json

    tellers: list[Teller] = []

    def begin() -> Tell:
        tellers.append(Teller())
        return as_json if output == "json" else tellers[-1].tell

    try:
        reading = Tail(path or load_or_exit(config_path, secrets=False).ledger.path)
        for text in reading.newest(wanted, begin):
            click.echo(text)
        while follow:
            for text in reading.more(as_json if output == "json" else tellers[-1].tell):
                click.echo(text)
            time.sleep(_POLL_SECONDS)
        if output == "text" and wanted:
            for text in tellers[-1].unfinished()[-wanted:]:
                click.echo(text)
    except (LedgerError, OSError) as error:
        fail(str(error), Exit.USAGE, output=output)
    except KeyboardInterrupt:
        sys.exit(Exit.OK)


def _anchor(text: str) -> Head:
    from yett.ledger.chain import Head

    sequence, colon, hash_ = text.partition(":")
    if not colon or not sequence.isascii() or not sequence.isdigit() or not hash_:
        raise click.BadParameter("an anchor looks like `1234:5f0c...`, as `yett ledger verify` prints it")
    return Head(sequence=int(sequence), hash=hash_)


def _verified_text(found: Verification, *, beside: bool) -> str:
    from yett.ledger.telling import printable

    lines = []
    if found.problem is None:
        lines += [
            f"ledger whole: {found.records} records in {found.segments} segment{'s' * (found.segments != 1)}",
            f"  head {found.head.sequence}:{found.head.hash}",
            "  keep the head elsewhere: `--anchor` with it shows later that the end was not cut off",
        ]
    else:
        problem = found.problem
        lines += [
            f"ledger DAMAGED: {printable(problem.file)} line {problem.line}, record {problem.sequence}",
            f"  {printable(problem.why)}",
            f"  the {found.records} records before it are whole",
        ]
    if beside:
        lines.append("  the key lies beside the records: who can read it can forge them, and only an anchor shows that")
    lines += [f"  note: {printable(note)}" for note in found.notes]
    if found.unread:
        lines.append(f"  note: {found.unread} more of these")
    return "\n".join(lines)


def _verified_json(found: Verification) -> str:
    problem = found.problem
    return json.dumps(
        {
            "ok": found.ok,
            "records": found.records,
            "segments": found.segments,
            "head": {"sequence": found.head.sequence, "hash": found.head.hash},
            "problem": None
            if problem is None
            else {"file": problem.file, "line": problem.line, "sequence": problem.sequence, "why": problem.why},
            "notes": list(found.notes),
            "unread": found.unread,
        }
    )
