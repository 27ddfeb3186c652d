"""Where the report of `yett audit` goes: the terminal, files, and how each form is told from a file's name."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

import click

from yett.auditor.report import Report
from yett.cli.audit_kinds import kind_of
from yett.cli.console import Exit, colored, fail

_WIDEST: Final = 140


def rendered(report: Report, kind: str, *, color: bool = False, width: int = 100, verbosity: int = 0) -> bytes:
    """The report in one form."""
    if kind == "text":
        from yett.auditor.output.text import as_text
        from yett.config.diagnostic import COLOR, PLAIN

        text = as_text(report, COLOR if color else PLAIN, width=width, verbosity=verbosity)
        return f"{text}\n".encode() if text else b""
    if kind == "pdf":
        from yett.auditor.output.pdf import as_pdf

        return as_pdf(report)
    return _drawn(report, kind).encode()


def _drawn(report: Report, kind: str) -> str:
    if kind == "json":
        from yett.auditor.output.document import as_json

        return as_json(report)
    if kind == "sarif":
        from yett.auditor.output.sarif import as_sarif

        return as_sarif(report)
    if kind == "junit":
        from yett.auditor.output.junit import as_junit

        return as_junit(report)
    if kind == "html":
        from yett.auditor.output.html import as_html

        return as_html(report)
    from yett.auditor.output.github import as_annotations

    return as_annotations(report)


def write(report: Report, output: str | None, files: Sequence[Path], *, color: str, verbosity: int) -> None:
    """Write every file asked for, and the terminal's form unless only files were."""
    for file in files:
        kind = kind_of(file, output if len(files) == 1 else None)
        _put(file, rendered(report, kind))
        if verbosity >= 0:
            click.echo(f"wrote {file}", err=True)
    if files and output is not None:
        return
    kind = output or "text"
    if kind == "pdf":
        _pipe(rendered(report, kind))
        return
    paint = colored(color, sys.stdout)
    content = rendered(report, kind, color=paint, width=_width(), verbosity=verbosity)
    click.echo(content.decode(), nl=False, color=paint)


def _pipe(content: bytes) -> None:
    """Bytes for a program; nobody reads them from a terminal."""
    if sys.stdout.isatty():
        raise click.UsageError("a PDF is nothing for a terminal: add `-o audit.pdf`")
    sys.stdout.buffer.write(content)


def _width() -> int:
    return min(shutil.get_terminal_size((100, 24)).columns, _WIDEST) if sys.stdout.isatty() else 100


def _put(file: Path, content: bytes) -> None:
    """Write a file whole or not at all: whoever reads it never sees half a report."""
    if file.exists() and not file.is_file():
        # A pipe or a device (`/dev/stdout`): written to, never replaced.
        _into(file, content)
        return
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(descriptor, "wb") as open_file:
                open_file.write(content)
            part.replace(file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        _unwritable(file, error)


def _into(file: Path, content: bytes) -> None:
    try:
        with file.open("wb") as open_file:
            open_file.write(content)
    except OSError as error:
        _unwritable(file, error)


def _unwritable(file: Path, error: OSError | ValueError) -> NoReturn:
    reason = getattr(error, "strerror", None) or "not a file name"
    fail(f"cannot write `{file}`: {str(reason).lower()}", Exit.USAGE)
