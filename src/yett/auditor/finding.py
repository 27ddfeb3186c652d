"""Finding: what one rule saw at one place, how sure it is, and what an attacker would do with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """What it costs when somebody uses it; ordered."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Confidence(IntEnum):
    """How much of the way was proven; ordered.

    HIGH: every step was seen (for source: from a tool's parameter to the sink). MEDIUM: seen, but for a step that
    rests on an assumption which is named. LOW: possible; a person has to look.
    """

    LOW = 0
    MEDIUM = 1
    HIGH = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A span in one file (or in a live answer) of the target.

    `path` is relative to the target's root, with forward slashes, and never absolute. Lines and columns count from 1;
    columns count characters; `end_column` is the first that is not part of it; 0 means unknown. `text` is the source of
    line `line`, cut to a bounded length, for the excerpt; secrets in it are already masked by the rule that found them.
    """

    path: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step on the way from source to sink, in the order in which data moves."""

    place: Place
    says: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """A replacement of the span at `place` by `text`, which leaves the meaning alone; made by `--fix`."""

    place: Place
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that an attacker would find.

    `message` is one line, lower case, no full stop, and names the tool and parameter where there is one. `subject`
    identifies the thing that is at fault without its line (a function, a server's name, a normalised sink text), so
    that the fingerprint survives edits above it. `evidence` lines are shown verbatim, secrets masked.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    place: Place
    message: str
    subject: str
    steps: tuple[Step, ...] = ()
    evidence: tuple[str, ...] = ()
    fix: str = ""
    edits: tuple[Edit, ...] = ()

    @property
    def fingerprint(self) -> str:
        """What identifies the finding from run to run: 32 hex digits of rule, path and subject; no line numbers."""
        return hashlib.sha256(f"{self.rule}\0{self.place.path}\0{self.subject}".encode()).hexdigest()[:32]
