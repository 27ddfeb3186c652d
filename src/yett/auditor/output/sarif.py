"""The report as SARIF 2.1.0 (OASIS), in the form that code hosts attach to a pull request.

Paths are relative URIs with forward slashes below `%SRCROOT%`; fingerprints hold no line numbers; what was not read or
not run stands in the invocation's notifications.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from yett.auditor.finding import Confidence, Finding, Place, Severity
from yett.auditor.output.wording import name
from yett.auditor.report import About, Ignored, Report
from yett.auditor.shown import shown

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# GitHub reads `security-severity` as a CVSS score: above 9 critical, 7 high, 4 medium, 0 low.
_SCORES: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.1",
}
_MOST_NOTIFICATIONS: Final = 1_000


def as_sarif(report: Report) -> str:
    """The report as one SARIF log with one run."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _run(report: Report) -> dict[str, Any]:
    rules = list(report.about)
    positions = {about.id: position for position, about in enumerate(rules)}
    return {
        "tool": {
            "driver": {
                "name": "yett",
                **({"semanticVersion": report.version} if report.version else {}),
                "rules": [_rule(about) for about in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder in which the audit was started."}}},
        "invocations": [_invocation(report)],
        "results": list(_results(report, positions)),
    }


def _rule(about: About) -> dict[str, Any]:
    tags = ["security", *([f"external/cwe/cwe-{about.cwe}"] if about.cwe else []), *about.maps]
    described = {
        "fullDescription": {"text": about.why},
        "help": {"text": about.fix, "markdown": f"{about.why}\n\n**Fix.** {about.fix}"},
    }
    return {
        "id": about.id,
        "shortDescription": {"text": about.title},
        **(described if about.why and about.fix else {}),
        "defaultConfiguration": {"level": _LEVELS[about.severity]},
        "properties": {"tags": list(dict.fromkeys(tags)), "security-severity": _SCORES[about.severity]},
    }


def _results(report: Report, positions: dict[str, int]) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    comparison = report.comparison
    for position, finding in enumerate(report.findings):
        result = _result(finding, positions, seen)
        if comparison is not None:
            result["baselineState"] = "new" if position in comparison.new else "unchanged"
        yield result
    for ignored in report.ignored:
        yield {**_result(ignored.finding, positions, seen), "suppressions": [_suppression(ignored)]}


def _suppression(ignored: Ignored) -> dict[str, Any]:
    return {"kind": "external" if ignored.baseline else "inSource", "justification": shown(ignored.reason)}


def _result(finding: Finding, positions: dict[str, int], seen: Counter[str]) -> dict[str, Any]:
    seen[finding.fingerprint] += 1
    number = seen[finding.fingerprint]
    # Two sinks of the same text in one function are two results: the second and third are told apart by their order.
    fingerprint = finding.fingerprint if number == 1 else f"{finding.fingerprint}:{number}"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "rank": float(_rank(finding)),
        "message": {"text": _message(finding)},
        "locations": [_location(finding.place)],
        "partialFingerprints": {"yett/v1": fingerprint},
        "properties": {"severity": name(finding.severity), "confidence": finding.confidence.name.lower()},
    }
    if finding.rule in positions:
        result["ruleIndex"] = positions[finding.rule]
    if finding.steps:
        steps = [
            {"location": {**_location(step.place), "message": {"text": shown(step.says)}}} for step in finding.steps
        ]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return result


def _rank(finding: Finding) -> int:
    """0 to 100: what to look at first."""
    return finding.severity * 20 + finding.confidence * (20 // Confidence.HIGH)


def _message(finding: Finding) -> str:
    evidence = "".join(f"\n{shown(line)}" for line in finding.evidence)
    return f"{shown(finding.message)}{evidence}" + (f"\nFix: {shown(finding.fix)}" if finding.fix else "")


def _location(place: Place) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.path)}
    if place.line:
        physical["region"] = _region(place)
    return {"physicalLocation": physical}


def _artifact(path: str) -> dict[str, Any]:
    if "://" in path:
        return {"uri": quote(path, safe=":/?#[]@!$&'()*+,;=%~")}
    return {"uri": quote(path, safe="/~"), "uriBaseId": _ROOT}


def _region(place: Place) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": place.line}
    if place.column:
        region["startColumn"] = place.column
    if place.end_line >= place.line and place.end_column > (place.column if place.end_line == place.line else 0):
        region |= {"endLine": place.end_line, "endColumn": place.end_column}
    if place.text:
        region["snippet"] = {"text": shown(place.text)}
    return region


def _invocation(report: Report) -> dict[str, Any]:
    told = [_notification("error", f"not audited: {each.given}: {each.why}") for each in report.failed]
    told += [_notification("error", f"rule {rule} broke on {what}") for rule, what in report.broken]
    told += [_notification("warning", note.text, note.place) for note in report.notes]
    told += [_notification("note", f"not read: {each.path}: {each.why}") for each in report.skipped]
    if len(told) > _MOST_NOTIFICATIONS:
        left_out = len(told) - _MOST_NOTIFICATIONS
        told = [*told[:_MOST_NOTIFICATIONS], _notification("note", f"and {left_out} more, in the JSON report")]
    idle = [_notification("note", f"rule {rule} did not run: {why}") for rule, why in report.not_run]
    return {
        "executionSuccessful": not (report.failed or report.broken),
        **({"endTimeUtc": report.made_at} if report.made_at else {}),
        "toolExecutionNotifications": told,
        "toolConfigurationNotifications": idle,
    }


def _notification(level: str, text: str, place: Place | None = None) -> dict[str, Any]:
    notification: dict[str, Any] = {"level": level, "message": {"text": shown(text)}}
    if place is not None and place.path:
        notification["locations"] = [_location(place)]
    return notification
