"""The forms that an audit's report has, and how one is told from a file's name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

KINDS: Final = ("text", "json", "sarif", "html", "pdf", "junit", "github")
_BY_SUFFIX: Final = {
    ".html": "html",
    ".json": "json",
    ".pdf": "pdf",
    ".sarif": "sarif",
    ".xml": "junit",
    ".txt": "text",
}


def kind_of(file: Path, given: str | None) -> str:
    """In which form a file is written: as `--output` says, else by its name."""
    if str(file) == "-":
        raise click.UsageError("`-o` names a file: leave it out to write to the terminal or a pipe")
    if given is not None:
        return given
    kind = _BY_SUFFIX.get(file.suffix.lower())
    if kind is None:
        known = ", ".join(sorted(_BY_SUFFIX))
        raise click.UsageError(f"cannot tell from `{file}` what to write: end it in {known}, or add `--output`")
    return kind
