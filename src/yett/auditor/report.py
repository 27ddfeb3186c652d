"""Report: everything one audit found, and everything it did not look at. The renderers read nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from yett.auditor.finding import Finding, Severity
from yett.auditor.subject import Skipped


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One thing the user pointed at: as given, what it was taken for, and how much of it was read."""

    given: str
    kind: str
    files: int = 0
    lines: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignored:
    """A finding that the target's owner accepted, with the reason written beside it or in the baseline."""

    finding: Finding
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The outcome of one audit. Order of `findings`: severity, confidence (both falling), path, line, rule.

    `rules` are the ids that ran; `not_run` says for the others why (no subject of their kind, live checks not asked
    for). `broken` are rules that raised, with the subject's path: a bug of ours, which never ends the audit.
    """

    targets: tuple[Target, ...]
    findings: tuple[Finding, ...]
    rules: tuple[str, ...]
    not_run: tuple[tuple[str, str], ...] = ()
    skipped: tuple[Skipped, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = field(default=())

    def worst(self) -> Severity | None:
        """The highest severity found, None when nothing was."""
        return max((finding.severity for finding in self.findings), default=None)
