"""Requirements: files that say which packages are installed and from where: of pip, and `.npmrc`, `pip.conf`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from yett.auditor.documents.document import text_lines
from yett.auditor.documents.secrecy import blotted
from yett.auditor.finding import Place
from yett.auditor.subject import Skipped, Text

LINES: Final = 20_000
"""Lines; a frozen environment of a thousand packages with all their digests has twelve thousand."""

_FILE: Final = re.compile(r"(?:.*[-_.])?requirements(?:[-_.].*)?\.(?:txt|in)|constraints\.txt")
_CONFIGS: Final = frozenset({".npmrc", "pip.conf", "pip.ini", ".yarnrc"})
_OPTION: Final = re.compile(r"[ \t]*(?:--)?(?P<name>@?[\w:/@.-]+?)(?:[ \t]*=[ \t]*|[ \t]+)(?P<value>[^#\s][^#]*)")
_PACKAGE: Final = re.compile(r"[ \t]*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?[ \t]*(?P<rest>[^#]*)")


class Line(NamedTuple):
    """A line with a name and a value: an option and what it is set to, or a package and its version."""

    name: str
    value: str
    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirements(Text):
    """One such file."""

    config: bool
    """Whether it only has options, as `.npmrc` and `pip.conf` do."""

    def options(self) -> Iterator[Line]:
        """Its options, without dashes, in small letters."""
        for number, line in enumerate(self.lines, 1):
            found = _OPTION.match(line) if self.config or line.lstrip().startswith("-") else None
            if found and not line.lstrip().startswith(("#", ";", "[")):
                yield Line(found["name"].lower().lstrip("-"), found["value"].strip(), number)

    def packages(self) -> Iterator[Line]:
        """The packages that it names."""
        for number, line in enumerate(() if self.config else self.lines, 1):
            found = _PACKAGE.match(line)
            if found:
                yield Line(found["name"], found["rest"].strip(), number)

    def at(self, line: Line) -> Place:
        """The place of a line, without secrets."""
        text = blotted(self.lines[line.number - 1])
        return Place(
            path=self.path,
            line=line.number,
            column=1,
            end_line=line.number,
            end_column=len(text) + 1,
            text=text[: self.EXCERPT],
        )


def claims(path: str, content: str) -> bool:
    """Whether a file is one, by its name."""
    name = PurePosixPath(path).name
    return bool(content.strip()) and (name in _CONFIGS or bool(_FILE.fullmatch(name)))


def parse(path: str, content: str) -> Requirements | Skipped:
    """Read it."""
    lines = text_lines(content)
    if len(lines) > LINES:
        return Skipped(path=path, why=f"a list of requirements of more than {LINES} lines")
    return Requirements(path=path, lines=lines, config=PurePosixPath(path).name in _CONFIGS)
