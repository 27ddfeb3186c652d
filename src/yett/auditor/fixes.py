"""Fixes: the edits that findings propose, made in the files, each file whole or not at all, with a copy beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from yett.auditor.finding import Edit, Finding, Place

BACKUP: Final = ".before-yett"
_BREAK: Final = re.compile(r"\r\n|\r|\n")
_BOM: Final = "\ufeff"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fixed:
    """What was done to one file: how many edits, and where its copy is; or why nothing was done."""

    path: str
    edits: int = 0
    rules: tuple[str, ...] = ()
    backup: str = ""
    refused: str = ""


def fix_files(findings: Iterable[Finding], files: Mapping[str, tuple[Path, bytes]]) -> tuple[Fixed, ...]:
    """Make every edit. `files` says for a path of the report which file it is and what was judged of it.

    A path that is not in `files` stands in an archive or behind a URL, where nothing can be fixed.
    """
    edits: dict[str, list[Edit]] = {}
    rules: dict[str, dict[str, None]] = {}
    for finding in findings:
        for edit in finding.edits:
            edits.setdefault(edit.place.path, []).append(edit)
            rules.setdefault(edit.place.path, {})[finding.rule] = None
    return tuple(_fix(path, here, tuple(rules[path]), files.get(path)) for path, here in sorted(edits.items()))


def _fix(path: str, edits: Sequence[Edit], rules: tuple[str, ...], file: tuple[Path, bytes] | None) -> Fixed:
    if file is None:
        return Fixed(path=path, refused="it is not a file on this disk")
    target, judged = file
    try:
        if target.is_symlink():
            return Fixed(path=path, refused=f"it is a symbolic link: fix {os.path.realpath(target)}")
        if target.read_bytes() != judged:
            return Fixed(path=path, refused="it changed while it was audited: try again")
        text, made = edited(judged.decode("utf-8"), edits)
        if not made:
            return Fixed(path=path, refused="its edits do not fit its lines")
        backup = _copied(target, judged)
        _replaced(target, text.encode())
    except (OSError, ValueError) as error:
        return Fixed(path=path, refused=(getattr(error, "strerror", None) or "it is not UTF-8").lower())
    return Fixed(path=path, edits=made, rules=rules, backup=backup.name)


def edited(text: str, edits: Sequence[Edit]) -> tuple[str, int]:
    """The text with its edits made, and how many: one that overlaps an earlier one waits for the next run."""
    # A byte order mark is no column.
    mark = _BOM if text.startswith(_BOM) else ""
    text = text.removeprefix(_BOM)
    starts = [0, *(found.end() for found in _BREAK.finditer(text))]
    spans = sorted(
        (*span, edit.text)
        for edit in dict.fromkeys(edits)
        if (span := _span(edit.place, starts, len(text))) is not None
    )
    pieces, at, made = [], 0, 0
    for start, end, replacement in spans:
        if start < at or (made and start == at == end):
            continue
        pieces += [text[at:start], replacement]
        at, made = end, made + 1
    return mark + "".join(pieces) + text[at:], made


def _span(place: Place, starts: Sequence[int], length: int) -> tuple[int, int] | None:
    """From where to where an edit reaches; None when the place is not in the text."""
    end_line = place.end_line or place.line
    if not (0 < place.line <= end_line <= len(starts)) or place.column < 1 or place.end_column < 1:
        return None
    start = starts[place.line - 1] + place.column - 1
    end = starts[end_line - 1] + place.end_column - 1
    inside = all(
        offset <= (starts[line] if line < len(starts) else length)
        for offset, line in ((start, place.line), (end, end_line))
    )
    return (start, end) if inside and start <= end else None


def _copied(target: Path, content: bytes) -> Path:
    """A copy beside the file, under a name that is free, readable by whom the file is."""
    for number in range(1, 1_000):
        copy = target.with_name(f"{target.name}{BACKUP}{'' if number == 1 else f'-{number}'}")
        try:
            descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, target.stat().st_mode & 0o777)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return copy
    raise FileExistsError(0, f"there are too many copies of {target.name}")


def _replaced(target: Path, content: bytes) -> None:
    """Write the whole file beside the old one, and put it in its place in one step."""
    new = target.with_name(f".{target.name}.yett-{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, target.stat().st_mode & 0o777)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
