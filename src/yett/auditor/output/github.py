"""The report as workflow commands, which GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.output.wording import summary
from yett.auditor.report import Report
from yett.auditor.shown import shown
from yett.config.diagnostic import Diagnostic, as_github

_LEVELS: Final = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning"}


def as_annotations(report: Report) -> str:
    """One line for each finding, failure and note; the last line is for the log."""
    found = [_finding(finding) for finding in report.findings]
    found += [
        Diagnostic(severity="error", code="target", message=f"{shown(f.given)}: {shown(f.why)}", file="")
        for f in report.failed
    ]
    found += [
        Diagnostic(
            severity="warning",
            code="note",
            message=shown(note.text),
            file=shown(note.place.path),
            line=note.place.line,
            column=note.place.column,
        )
        for note in report.notes
    ]
    return "".join(f"{as_github(each)}\n" for each in found) + f"{summary(report)}\n"


def _finding(finding: Finding) -> Diagnostic:
    place = finding.place
    return Diagnostic(
        severity=_LEVELS.get(finding.severity, "notice"),
        code=finding.rule,
        message=shown(finding.message),
        file=shown(place.path),
        line=place.line,
        column=place.column or 1,
        width=max(place.end_column - place.column, 0) if place.end_line == place.line else 0,
        help=f"Fix: {shown(finding.fix)}" if finding.fix else "",
    )
