"""The report as JUnit XML: a failure for each finding, a pass for each rule that found nothing."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from yett.auditor.finding import Finding
from yett.auditor.output.wording import name, where
from yett.auditor.report import Report
from yett.auditor.shown import shown

_LONGEST: Final = 4_000


def as_junit(report: Report) -> str:
    """One suite. What could not be audited is an error, a rule that did not run is skipped."""
    cases = [*_failures(report), *_errors(report), *_passes(report)]
    errors = len(report.failed) + len(report.broken)
    head = f'<testsuite name="yett audit" tests="{len(cases)}" failures="{len(report.findings)}" errors="{errors}"'
    skipped = f' skipped="{len(report.not_run)}"'
    stamp = f' timestamp="{_text(report.made_at)}"' if report.made_at else ""
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', f"{head}{skipped}{stamp}>", *cases, "</testsuite>", ""])


def _failures(report: Report) -> Iterator[str]:
    for finding in report.findings:
        kind = f"{name(finding.severity)}, confidence {finding.confidence.name.lower()}"
        yield _case(
            f"{finding.rule}: {where(finding.place)}",
            f'<failure message="{_text(finding.message)}" type="{_text(kind)}">{_text(_body(finding))}</failure>',
            path=finding.place.path,
            line=finding.place.line,
        )


def _body(finding: Finding) -> str:
    steps = [f"{where(step.place)}: {step.says}" for step in finding.steps]
    # Each text alone: a line feed is ours, never the target's.
    return " | ".join(map(shown, [*steps, *finding.evidence, f"fix: {finding.fix}"]))


def _errors(report: Report) -> Iterator[str]:
    for failed in report.failed:
        yield _case(f"target {failed.given}", f'<error message="{_text(failed.why)}"/>')
    for rule, what in report.broken:
        yield _case(rule, f'<error message="{_text(what)}"/>')


def _passes(report: Report) -> Iterator[str]:
    found = {finding.rule for finding in report.findings}
    for rule in report.rules:
        if rule not in found:
            yield _case(rule, "")
    for rule, why in report.not_run:
        yield _case(rule, f'<skipped message="{_text(why)}"/>')


def _case(title: str, body: str, *, path: str = "", line: int = 0) -> str:
    file = f' file="{_text(path)}" line="{line}"' if path else ""
    return f'  <testcase classname="yett" name="{_text(title)}"{file}>{body}</testcase>'


def _text(text: str) -> str:
    """Text for XML: what XML 1.0 cannot hold is written as its code point."""
    return escape(shown(text, longest=_LONGEST), quote=True)
