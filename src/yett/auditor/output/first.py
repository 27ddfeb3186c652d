"""What to do first: at most five fixes, each for all findings of one rule, the one that closes most first."""

from __future__ import annotations

from typing import Any, Final

from yett.auditor.finding import Finding
from yett.auditor.output.wording import count, name, where
from yett.auditor.report import Report

_MOST: Final = 5
_PLACES: Final = 3


def first(report: Report) -> list[dict[str, Any]]:
    """By the worst severity of a rule's findings, then the best confidence, then their number."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    order = sorted(by_rule.values(), key=_weight, reverse=True)
    return [_fix(report, found) for found in order[:_MOST]]


def _weight(found: list[Finding]) -> tuple[int, int, int]:
    worst = max(found, key=lambda each: (each.severity, each.confidence))
    return (worst.severity, worst.confidence, len(found))


def _fix(report: Report, found: list[Finding]) -> dict[str, Any]:
    rule = found[0].rule
    about = report.rule(rule)
    places = list(dict.fromkeys(where(finding.place) for finding in found))
    more = f" and {len(places) - _PLACES} more" if len(places) > _PLACES else ""
    fixable = sum(bool(finding.edits) for finding in found)
    return {
        "rule": rule,
        "title": about.title,
        "severity": name(max(finding.severity for finding in found)),
        "number": count(len(found), "finding"),
        "where": ", ".join(places[:_PLACES]) + more,
        "fix": about.fix,
        "effort": f"{fixable} of {len(found)} by `--fix`" if fixable else "by hand",
        "command": f"yett audit --fix --rule {rule}" if fixable else f"yett rule {rule}",
    }
