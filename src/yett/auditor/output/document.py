"""The report as JSON: one versioned document, which is also what `--baseline` and `--diff` read back."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from yett.auditor.earlier import FORMAT, VERSION
from yett.auditor.finding import Finding, Place
from yett.auditor.grade import grade, is_partial
from yett.auditor.output.wording import name
from yett.auditor.report import About, Report


def as_document(report: Report) -> dict[str, Any]:
    """The report in plain values. Its JSON Schema is `report.schema.json`."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "yett": report.version,
        "made_at": report.made_at,
        "summary": {
            "grade": grade(report),
            "partial": is_partial(report),
            "findings": {name(severity): number for severity, number in report.counts().items()},
            "ignored": len(report.ignored),
            "hidden": report.hidden,
        },
        "targets": [
            {"given": t.given, "kind": t.kind, "files": t.files, "lines": t.lines, "sha256": t.digest}
            for t in report.targets
        ],
        "failed": [{"given": f.given, "why": f.why, "trouble": f.trouble.value} for f in report.failed],
        "findings": [_finding(report, position, finding) for position, finding in enumerate(report.findings)],
        "ignored": [
            {**_plain(each.finding), "reason": each.reason, "baseline": each.baseline} for each in report.ignored
        ],
        "rules": [_rule(about) for about in report.about if about.id in report.rules],
        "not_run": [{"rule": rule, "why": why} for rule, why in report.not_run],
        "broken": [{"rule": rule, "what": what} for rule, what in report.broken],
        "skipped": [{"path": each.path, "why": each.why} for each in report.skipped],
        "notes": [{"text": note.text, "path": note.place.path, "line": note.place.line} for note in report.notes],
        "servers": [{"name": s.name, "path": s.path, "facts": dict(s.facts)} for s in report.servers],
        "access": [
            {"path": a.path, "servers": list(a.servers), "roles": {role: list(cells) for role, cells in a.rows}}
            for a in report.access
        ],
        "comparison": _comparison(report),
    }


def as_json(report: Report) -> str:
    """The document as text; the same report always gives the same bytes."""
    return json.dumps(as_document(report), indent=2, ensure_ascii=True) + "\n"


def digest(report: Report) -> str:
    """SHA-256 of the file that `as_json` writes."""
    return hashlib.sha256(as_json(report).encode()).hexdigest()


def _finding(report: Report, position: int, finding: Finding) -> dict[str, Any]:
    comparison = report.comparison
    if comparison is None:
        return _plain(finding)
    return {**_plain(finding), "status": "new" if position in comparison.new else "unchanged"}


def _plain(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": name(finding.severity),
        "confidence": finding.confidence.name.lower(),
        "message": finding.message,
        "place": _place(finding.place),
        "steps": [{"place": _place(step.place), "says": step.says} for step in finding.steps],
        "evidence": list(finding.evidence),
        "fix": finding.fix,
        "fixable": bool(finding.edits),
        "fingerprint": finding.fingerprint,
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "text": place.text,
    }


def _rule(about: About) -> dict[str, Any]:
    return {
        "id": about.id,
        "title": about.title,
        "severity": name(about.severity),
        "cwe": about.cwe,
        "maps": list(about.maps),
        "why": about.why,
        "fix": about.fix,
    }


def _comparison(report: Report) -> dict[str, Any] | None:
    compared = report.comparison
    if compared is None:
        return None
    return {
        "against": compared.against,
        "made_at": compared.made_at,
        "new": len(compared.new),
        "unchanged": len(report.findings) - len(compared.new),
        "fixed": [
            {
                "fingerprint": known.fingerprint,
                "rule": known.rule,
                "severity": name(known.severity),
                "path": known.path,
                "message": known.message,
            }
            for known in compared.fixed
        ],
    }
