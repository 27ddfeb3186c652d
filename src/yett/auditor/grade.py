"""Grade: one letter for an audit. It is the worst finding, not a sum: many small flaws do not hide one open door."""

from __future__ import annotations

from typing import Final

from yett.auditor.finding import Confidence, Severity
from yett.auditor.report import Report

FORMULA: Final = (
    "A: nothing above info. B: low at worst. C: medium at worst. D: high at worst. F: critical. A finding of low "
    "confidence counts one severity lower. Accepted findings do not count. Without anything audited there is no grade."
)
NONE: Final = "-"
_LETTERS: Final = {
    Severity.INFO: "A",
    Severity.LOW: "B",
    Severity.MEDIUM: "C",
    Severity.HIGH: "D",
    Severity.CRITICAL: "F",
}


def grade(report: Report) -> str:
    """The letter of `FORMULA`; `-` when no rule ran."""
    if not report.rules:
        return NONE
    weights = (
        max(finding.severity - (finding.confidence is Confidence.LOW), Severity.INFO) for finding in report.findings
    )
    return _LETTERS[Severity(max(weights, default=Severity.INFO))]


def is_partial(report: Report) -> bool:
    """Whether something that was asked for could not be audited: the grade is of the rest."""
    return bool(report.failed or report.broken or report.hidden)
