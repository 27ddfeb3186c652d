"""IgnoreFile: what stays out of the build; and Context: a Dockerfile with what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from yett.auditor.containers.dockerfile import Dockerfile
from yett.auditor.documents.document import text_lines
from yett.auditor.subject import Subject, Text

_NAME: Final = re.compile(r"(?:.*\.)?(?:docker|container)ignore", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class IgnoreFile(Text):
    """A `.dockerignore`."""

    @property
    def patterns(self) -> tuple[str, ...]:
        """What it leaves out or, with `!`, takes in again."""
        stripped = (line.strip() for line in self.lines)
        return tuple(line for line in stripped if line and not line.startswith("#"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Context(Subject):
    """A Dockerfile of a folder that was read whole, and the patterns of every ignore file there."""

    dockerfile: Dockerfile
    ignored: tuple[str, ...]


def claims(path: str, content: str) -> bool:
    """Whether a file is one, by its name."""
    return bool(_NAME.fullmatch(PurePosixPath(path).name)) and bool(content.strip())


def parse(path: str, content: str) -> IgnoreFile:
    """Read it."""
    return IgnoreFile(path=path, lines=text_lines(content))


def contexts(subjects: Sequence[Subject]) -> Iterator[Context]:
    """Every Dockerfile with something beside or below it. Of one that was given alone nobody knows what is there."""
    ignored = tuple(pattern for subject in subjects if isinstance(subject, IgnoreFile) for pattern in subject.patterns)
    others = [subject.path for subject in subjects if not isinstance(subject, Dockerfile)]
    for subject in subjects:
        if isinstance(subject, Dockerfile):
            folder = PurePosixPath(subject.path).parent.as_posix()
            prefix = "" if folder == "." else f"{folder}/"
            if any(path.startswith(prefix) for path in others):
                yield Context(path=subject.path, dockerfile=subject, ignored=ignored)
