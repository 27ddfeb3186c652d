"""Report: everything one audit found, and everything it did not look at. The renderers read nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from yett.auditor.finding import Finding, Place, Severity
from yett.auditor.subject import Skipped


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One thing the user pointed at: as given, what it was taken for, and how much of it was read.

    `name` is what people call it: the folder's name where `.` was given. `digest` is SHA-256 over the paths and
    contents of what was read (`Source.digest`); empty for live endpoints.
    """

    given: str
    kind: str
    name: str = ""
    files: int = 0
    lines: int = 0
    digest: str = ""


class Trouble(StrEnum):
    """Why a target could not be audited."""

    UNREADABLE = "unreadable"
    SIGN_IN = "sign-in needed"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """A target that could not be audited at all: the others were."""

    given: str
    why: str
    trouble: Trouble = Trouble.UNREADABLE


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignored:
    """A finding that the target's owner accepted, with the reason written beside it or in the baseline."""

    finding: Finding
    reason: str
    baseline: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Something about the audit itself that a person should read: an ignore without use, a config without a matrix."""

    text: str
    place: Place = field(default_factory=lambda: Place(path=""))


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What a rule says of itself, so that a report can be drawn without the rules of the version that made it."""

    id: str
    title: str
    severity: Severity
    cwe: int
    maps: tuple[str, ...]
    why: str
    fix: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """One MCP server the targets speak of, and what is known of it, as pairs of a word and its value."""

    name: str
    path: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """Who may use what, by one `yett.yaml`: a cell for each role and server, in words; empty where all is denied."""

    path: str
    servers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A finding of an earlier report: as much of it as is needed to tell that it is gone."""

    fingerprint: str
    rule: str
    severity: Severity
    path: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """The difference to an earlier report. `new` holds positions in `Report.findings`."""

    against: str
    made_at: str
    new: frozenset[int]
    fixed: tuple[Known, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The outcome of one audit. Order of `findings`: severity, confidence (both falling), path, line, rule.

    `rules` are the ids that ran; `not_run` says for the others why (no subject of their kind, live checks not asked
    for). `broken` are rules that raised, with the subject's path: a bug of ours, which never ends the audit. `hidden`
    counts what is below the severity or confidence asked for. `made_at` is UTC, as RFC 3339 writes it.
    """

    targets: tuple[Target, ...]
    findings: tuple[Finding, ...]
    rules: tuple[str, ...]
    not_run: tuple[tuple[str, str], ...] = ()
    skipped: tuple[Skipped, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()
    notes: tuple[Note, ...] = ()
    failed: tuple[Failed, ...] = ()
    servers: tuple[Server, ...] = ()
    access: tuple[Access, ...] = ()
    about: tuple[About, ...] = ()
    comparison: Comparison | None = None
    hidden: int = 0
    made_at: str = ""
    version: str = ""

    def worst(self) -> Severity | None:
        """The highest severity found, None when nothing was."""
        return max((finding.severity for finding in self.findings), default=None)

    def counts(self) -> dict[Severity, int]:
        """How many findings there are of each severity, the highest first."""
        found = Counter(finding.severity for finding in self.findings)
        return {severity: found[severity] for severity in sorted(Severity, reverse=True)}

    def rule(self, rule_id: str) -> About:
        """What the rule of that id says of itself; an empty answer for a rule nobody described."""
        nothing = About(id=rule_id, title=rule_id, severity=Severity.INFO, cwe=0, maps=(), why="", fix="")
        return next((about for about in self.about if about.id == rule_id), nothing)
