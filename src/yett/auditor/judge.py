"""Judging: every rule over every subject of its kind. A rule that breaks is named, and the others go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from yett.auditor.finding import Finding
from yett.auditor.report import Report, Target
from yett.auditor.rule import Rule
from yett.auditor.subject import Skipped, Subject

NOTHING_OF_ITS_KIND = "nothing of its kind in the target"


def judge(
    subjects: Sequence[Subject],
    rules: Iterable[Rule[Any]],
    *,
    targets: Sequence[Target] = (),
    skipped: Sequence[Skipped] = (),
) -> Report:
    """Run the rules over the subjects; the same inputs give the same report."""
    findings: dict[tuple[str, int, int, str], Finding] = {}
    ran: list[str] = []
    idle: list[tuple[str, str]] = []
    broken: list[tuple[str, str]] = []
    for rule in rules:
        mine = [subject for subject in subjects if isinstance(subject, rule.judges())]
        if mine:
            ran.append(rule.id)
        else:
            idle.append((rule.id, NOTHING_OF_ITS_KIND))
        for subject in mine:
            try:
                seen = list(rule.check(subject))
            except Exception as error:  # noqa: BLE001 - one broken rule must not hide what the others see; it is reported
                broken.append((rule.id, f"{subject.path}: {type(error).__name__}"))
                continue
            for finding in seen:
                key = (finding.fingerprint, finding.place.line, finding.place.column, finding.message)
                findings.setdefault(key, finding)
    return Report(
        targets=tuple(targets),
        findings=tuple(sorted(findings.values(), key=order)),
        rules=tuple(ran),
        not_run=tuple(idle),
        skipped=tuple(skipped),
        broken=tuple(broken),
    )


def order(finding: Finding) -> tuple[int, int, str, int, int, str]:
    """The order of findings in a report."""
    place = finding.place
    return (-finding.severity, -finding.confidence, place.path, place.line, place.column, finding.rule)
