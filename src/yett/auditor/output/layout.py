"""The report as it is laid out for people: sections of plain, safe texts, which the page templates only set.

HTML and PDF are drawn from this one value, so that they say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

from yett.auditor.finding import Finding
from yett.auditor.grade import FORMULA, grade, is_partial
from yett.auditor.mapping import Row, mapped
from yett.auditor.output.document import digest
from yett.auditor.output.excerpt import excerpts
from yett.auditor.output.first import first
from yett.auditor.output.wording import count, name, reasons, summary, where
from yett.auditor.report import Report
from yett.auditor.shown import shown
from yett.auditor.source import ENDPOINT, STDIO
from yett.auditor.subject import Skipped

MOST_FINDINGS: Final = 1_000
"""Findings that are drawn, the worst ones; nobody reads on, and the JSON report has them all."""
_MOST_LISTED: Final = 200


def as_layout(report: Report) -> dict[str, Any]:
    """Everything a page needs, in the order of the page."""
    targets = [shown(target.name or target.given, longest=60) for target in report.targets]
    return {
        "title": "MCP security audit",
        "of": ", ".join(targets[:3]) + (f" and {len(targets) - 3} more" if len(targets) > 3 else ""),  # noqa: PLR2004 - what fits on a line
        "date": report.made_at[:10],
        "made_at": report.made_at.replace("T", " ").replace("Z", " UTC"),
        "version": report.version,
        "grade": grade(report),
        "partial": is_partial(report),
        "partial_why": _partial(report),
        "formula": FORMULA,
        "summary": summary(report),
        "counts": [{"severity": name(severity), "number": number} for severity, number in report.counts().items()],
        "accepted": len(report.ignored),
        "hidden": report.hidden,
        "change": _change(report),
        "first": first(report),
        "scope": _scope(report),
        "findings": list(_severities(report)),
        "more": max(0, len(report.findings) - MOST_FINDINGS),
        "servers": [
            {
                "name": shown(server.name, longest=80),
                "path": shown(server.path),
                "facts": [(word, shown(value)) for word, value in server.facts],
            }
            for server in report.servers
        ],
        "access": [
            {
                "path": shown(matrix.path),
                "servers": [shown(server, longest=60) for server in matrix.servers],
                "rows": [
                    (shown(role, longest=60), [shown(cell, longest=300) for cell in cells])
                    for role, cells in matrix.rows
                ],
            }
            for matrix in report.access
        ],
        "compliance": [_catalogue(title, rows) for title, rows in mapped(report)],
        "digests": [
            {"given": shown(target.given), "sha256": target.digest} for target in report.targets if target.digest
        ],
        "sha256": digest(report),
        "ignored": _ignored(report),
        "rules": [
            {"id": about.id, "title": about.title, "severity": name(about.severity), "ran": about.id in report.rules}
            for about in report.about
        ],
    }


def _partial(report: Report) -> str:
    """Why the grade does not speak of everything that was asked for."""
    told = [
        (len(report.failed), "target", "could not be audited"),
        (len(report.broken), "rule run", "broke"),
        (report.hidden, "finding", "below the thresholds"),
    ]
    return ", ".join(f"{count(number, word)} {says}" for number, word, says in told if number)


def _change(report: Report) -> dict[str, Any] | None:
    compared = report.comparison
    if compared is None:
        return None
    return {
        "since": compared.made_at[:10],
        "against": shown(compared.against, longest=200),
        "new": len(compared.new),
        "unchanged": len(report.findings) - len(compared.new),
        "fixed": [
            {"rule": known.rule, "path": shown(known.path), "message": shown(known.message)}
            for known in compared.fixed[:_MOST_LISTED]
        ],
        "fixed_number": len(compared.fixed),
    }


def _scope(report: Report) -> dict[str, Any]:
    idle = {why: [rule for rule, its in report.not_run if its == why] for _, why in report.not_run}
    return {
        "targets": [
            {
                "given": shown(target.given, longest=200),
                "kind": target.kind,
                "files": count(target.files, "file"),
                "lines": count(target.lines, "line"),
            }
            for target in report.targets
        ],
        "failed": [
            {"given": shown(each.given, longest=200), "why": shown(each.why), "trouble": each.trouble.value}
            for each in report.failed
        ],
        "skipped": [
            {"why": shown(why), "number": number, "paths": _some(report, why)}
            for why, number in reasons(report.skipped)[:_MOST_LISTED]
        ],
        "method": _method(report),
        "ran": len(report.rules),
        "not_run": [{"why": why, "number": count(len(rules), "rule"), "rules": rules} for why, rules in idle.items()],
        "broken": [{"rule": rule, "what": shown(what)} for rule, what in report.broken],
        "notes": [
            {"text": shown(note.text), "where": where(note.place) if note.place.path else ""}
            for note in report.notes[:_MOST_LISTED]
        ],
    }


def _method(report: Report) -> str:
    """What was done to find this, and what that cannot find."""
    kinds = {target.kind for target in report.targets}
    told = ["Yett reads files and judges them by rules."]
    if STDIO in kinds:
        told.append(
            "The commands that were given were started, because that was asked for; nothing else of the targets."
        )
    else:
        told.append("It executed and installed nothing of the targets.")
    if kinds & {STDIO, ENDPOINT}:
        told.append("Servers were asked what they list; no tool was called.")
    return " ".join([*told, "It finds what its rules describe: no finding does not mean no flaw."])


def _some(report: Report, why: str) -> str:
    """The first paths of what was left out for one reason."""
    mine: list[Skipped] = [each for each in report.skipped if each.why == why]
    few = 4
    named = ", ".join(shown(each.path, longest=100) for each in mine[:few])
    return named + (f" and {len(mine) - few} more" if len(mine) > few else "")


def _severities(report: Report) -> Iterator[dict[str, Any]]:
    """The findings by severity and, within, by rule: why and fix are told once."""
    numbered = list(enumerate(report.findings))[:MOST_FINDINGS]
    for severity, group in groupby(numbered, lambda each: each[1].severity):
        by_rule: dict[str, list[dict[str, Any]]] = {}
        for position, finding in group:
            by_rule.setdefault(finding.rule, []).append(_finding(report, position, finding))
        yield {
            "severity": name(severity),
            "rules": [{**_about(report, rule), "findings": found} for rule, found in by_rule.items()],
        }


def _about(report: Report, rule: str) -> dict[str, Any]:
    about = report.rule(rule)
    references = [*([f"CWE-{about.cwe}"] if about.cwe else []), *about.maps]
    return {"id": rule, "title": about.title, "why": about.why, "fix": about.fix, "references": references}


def _finding(report: Report, position: int, finding: Finding) -> dict[str, Any]:
    compared = report.comparison
    fix = finding.fix if finding.fix != report.rule(finding.rule).fix else ""
    return {
        "message": shown(finding.message),
        "where": where(finding.place),
        "confidence": finding.confidence.name.lower(),
        "excerpts": list(excerpts(finding)),
        "evidence": [shown(line, longest=600) for line in finding.evidence[:20]],
        "fix": shown(fix),
        "fixable": bool(finding.edits),
        "new": compared is not None and position in compared.new,
        "fingerprint": finding.fingerprint,
    }


def _catalogue(title: str, rows: tuple[Row, ...]) -> dict[str, Any]:
    """A catalogue with words is a table; one of ids only is two lists."""
    if rows[0].words:
        drawn = [{"id": row.id, "words": row.words, "outcome": row.outcome, "found": row.findings} for row in rows]
        return {"name": title, "rows": drawn, "found_ids": "", "clear_ids": ""}
    found = ", ".join(f"{row.id} ({row.findings})" for row in rows if row.findings)
    return {
        "name": title,
        "rows": [],
        "found_ids": found,
        "clear_ids": ", ".join(row.id for row in rows if not row.findings),
    }


def _ignored(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "rule": each.finding.rule,
            "severity": name(each.finding.severity),
            "where": where(each.finding.place),
            "message": shown(each.finding.message),
            "reason": shown(each.reason),
        }
        for each in report.ignored[:_MOST_LISTED]
    ]
