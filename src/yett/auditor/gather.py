"""Gathering: files in memory to subjects. Each format knows its files and parses them; what none can parse is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from yett.auditor.subject import Skipped, Subject


class Format(NamedTuple):
    """One kind of file: what it is called, which files are of it, and how it is parsed.

    `claims` sees the path (relative, forward slashes) and the text; it is cheap. `parse` does not raise on any text:
    what it cannot read, it answers as Skipped.
    """

    kind: str
    claims: Callable[[str, str], bool]
    parse: Callable[[str, str], Subject | Skipped]


# Explicit and in order: a file may be of several kinds, and every format that claims it parses it.
FORMATS: Final[tuple[Format, ...]] = ()

# 10 MB: the largest bundle of the published servers we read has 6 MB; above it a file is named, not read.
LARGEST_FILE: Final = 10_000_000


class Gathered(NamedTuple):
    """Everything that could be parsed, and everything that could not."""

    subjects: tuple[Subject, ...]
    skipped: tuple[Skipped, ...]


def gather(files: Mapping[str, bytes], formats: tuple[Format, ...] = FORMATS) -> Gathered:
    """Parse each file by every format that claims it. Same files, same subjects, in order of their paths."""
    subjects: list[Subject] = []
    skipped: list[Skipped] = []
    for path in sorted(files):
        content = files[path]
        if len(content) > LARGEST_FILE:
            skipped.append(Skipped(path=path, why=f"larger than {LARGEST_FILE} bytes"))
            continue
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            skipped.append(Skipped(path=path, why="not UTF-8 text"))
            continue
        for each in formats:
            if not each.claims(path, text):
                continue
            parsed = each.parse(path, text)
            if isinstance(parsed, Skipped):
                skipped.append(parsed)
            else:
                subjects.append(parsed)
    return Gathered(tuple(subjects), tuple(skipped))
