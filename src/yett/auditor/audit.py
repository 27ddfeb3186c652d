"""The audit of a list of targets: each is read, parsed and judged by itself; what fails is named, the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yett.auditor.access import access_of
from yett.auditor.finding import Edit, Finding, Place, Step
from yett.auditor.format import Format
from yett.auditor.gather import FORMATS, Gathered, gather
from yett.auditor.ignores import apply_ignores
from yett.auditor.inventory import servers_of
from yett.auditor.judge import NOTHING_OF_ITS_KIND, judge, order
from yett.auditor.report import About, Failed, Note, Report, Target
from yett.auditor.rule import Rule
from yett.auditor.shown import blotted, masked, masked_place
from yett.auditor.source import INSTALLED, Source
from yett.auditor.subject import Skipped

Rules = Sequence[Rule[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Audited:
    """One source and what was found in it, with paths as they stand in the report."""

    source: Source
    report: Report


def audit_source(
    source: Source,
    rules: Rules,
    *,
    today: str,
    left_out: Sequence[tuple[str, str]] = (),
    formats: tuple[Format, ...] = FORMATS,
    gathering: Callable[..., Gathered] = gather,
) -> Audited:
    """Judge one source. A source in which no rule has anything to judge is told in `failed`.

    `left_out` are the rules that were not asked for, each with why; `today` is an ISO date, for ignores that end.
    """
    gathered = gathering(source.files, formats)
    target = Target(
        given=blotted(source.given),
        kind=_kind(source, formats),
        name=blotted(source.name or source.given),
        files=len(source.files),
        lines=source.lines(),
        digest="" if source.servers else source.digest(),
    )
    report = judge(gathered.subjects, rules, targets=[target], skipped=[*source.skipped, *gathered.skipped])
    report = replace(report, not_run=(*report.not_run, *left_out))
    findings, ignored, notes = apply_ignores(report, source.files, today)
    access, more = access_of(source.files)
    # No rule ran: that is no clean target. But a client may have no server, and a matrix is something.
    judged = report.rules or access or source.kind == INSTALLED
    failed = () if judged else (Failed(given=target.given, why=_nothing(source, gathered)),)
    report = replace(
        report,
        findings=findings,
        ignored=ignored,
        notes=(*notes, *more),
        failed=failed,
        servers=(*source.servers, *servers_of(gathered.subjects, findings)),
        access=access,
    )
    return Audited(source=source, report=_relabelled(report, source.prefix))


def merged(reports: Sequence[Report], rules: Rules, left_out: Sequence[tuple[str, str]] = ()) -> Report:
    """One report of many: findings in order, a rule ran when it ran anywhere."""
    ran = {rule_id for report in reports for rule_id in report.rules}
    # `yett audit . src` reads `src` twice: what both have is told once.
    told = {_key(finding): finding for report in reports for finding in report.findings}
    findings = sorted(told.values(), key=order)
    return Report(
        targets=_all(report.targets for report in reports),
        findings=tuple(findings),
        rules=tuple(rule.id for rule in rules if rule.id in ran),
        not_run=(*((rule.id, NOTHING_OF_ITS_KIND) for rule in rules if rule.id not in ran), *left_out),
        skipped=_all(report.skipped for report in reports),
        ignored=tuple({_key(each.finding): each for report in reports for each in report.ignored}.values()),
        broken=_all(report.broken for report in reports),
        notes=_all(report.notes for report in reports),
        failed=_all(report.failed for report in reports),
        servers=_all(report.servers for report in reports),
        access=_all(report.access for report in reports),
        about=tuple(about(rule) for rule in rules),
    )


def about(rule: Rule[Any]) -> About:
    """What a rule says of itself."""
    return About(
        id=rule.id,
        title=rule.title,
        severity=rule.severity,
        cwe=rule.cwe,
        maps=rule.maps,
        why=rule.why,
        fix=rule.fix,
    )


def _key(finding: Finding) -> tuple[str, int, int, str]:
    """What makes two findings one."""
    return (finding.fingerprint, finding.place.line, finding.place.column, finding.message)


def _all(parts: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Everything, each once."""
    return tuple(dict.fromkeys(item for part in parts for item in part))


def _kind(source: Source, formats: Sequence[Format]) -> str:
    """What the one file of a source is taken for; a folder or an archive is what it is."""
    if source.kind != "file":
        return source.kind
    path, content = next(iter(source.files.items()))
    text = content.decode("utf-8-sig", "replace")
    return next((each.kind for each in formats if each.claims(path, text)), source.kind)


def _nothing(source: Source, gathered: Gathered) -> str:
    if not source.files and source.skipped:
        return f"nothing of it was read: {source.skipped[0].why}"
    if gathered.skipped and not gathered.subjects:
        return f"nothing of it could be parsed: {gathered.skipped[0].why}"
    return "there is nothing in it that a rule could judge"


def _relabelled(report: Report, prefix: str) -> Report:
    """The report with paths as they look from where the audit was started, and without secrets."""
    return replace(
        report,
        findings=tuple(_moved(finding, prefix) for finding in report.findings),
        ignored=tuple(
            replace(each, finding=_moved(each.finding, prefix), reason=blotted(each.reason)) for each in report.ignored
        ),
        skipped=tuple(Skipped(path=f"{prefix}{each.path}", why=each.why) for each in report.skipped),
        broken=tuple((rule, f"{prefix}{what}") for rule, what in report.broken),
        servers=tuple(replace(each, path=f"{prefix}{each.path}") for each in report.servers),
        access=tuple(replace(each, path=f"{prefix}{each.path}") for each in report.access),
        notes=tuple(Note(text=note.text, place=masked_place(_placed(note.place, prefix))) for note in report.notes),
    )


def _moved(finding: Finding, prefix: str) -> Finding:
    return masked(
        replace(
            finding,
            place=_placed(finding.place, prefix),
            steps=tuple(Step(place=_placed(step.place, prefix), says=step.says) for step in finding.steps),
            edits=tuple(Edit(place=_placed(edit.place, prefix), text=edit.text) for edit in finding.edits),
        )
    )


def _placed(place: Place, prefix: str) -> Place:
    return replace(place, path=f"{prefix}{place.path}") if prefix and place.path else place
