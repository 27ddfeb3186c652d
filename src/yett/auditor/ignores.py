"""Ignores: findings that the owner of the target accepted, in a comment beside them, with a reason.

`yett: ignore[rule] reason`, behind any comment mark, speaks of its own line, or of the next line of text when it
stands alone. `ignore[a, b]` names several rules; `until 2027-01-31` before the reason ends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from yett.auditor.finding import Finding, Place
from yett.auditor.report import Ignored, Note, Report

_MARK: Final = r"(?P<mark>#|//|--|/\*|<!--|;|%|\{/\*)"
_IGNORE: Final = re.compile(
    _MARK + r"[ \t]*yett:[ \t]*ignore(?:\[(?P<rules>[^\]\r\n]{0,400})\])?(?P<rest>[^\r\n]{0,400})"
)
_UNTIL: Final = re.compile(r"until[ \t]+(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})\b[ \t:,]*")
_END: Final = re.compile(r"\*/\}?|-->")
_BREAK: Final = re.compile(r"\r\n|\r|\n")
_PROSE: Final = (".md", ".rst", ".txt", ".adoc")
_EXAMPLE: Final = "write `yett: ignore[rule] reason`"


@dataclass(kw_only=True, slots=True)
class _Ignore:
    path: str
    line: int
    column: int
    text: str
    rule: str
    reason: str
    lines: tuple[int, ...]
    used: bool = False

    def place(self) -> Place:
        return Place(path=self.path, line=self.line, column=self.column, end_line=self.line, text=self.text[:200])


def apply_ignores(
    report: Report, files: Mapping[str, bytes], today: str
) -> tuple[tuple[Finding, ...], tuple[Ignored, ...], tuple[Note, ...]]:
    """What remains, what was accepted, and what is wrong with the ignores. `today` is an ISO date."""
    notes: list[Note] = []
    ignores: dict[tuple[str, str, int], _Ignore] = {}
    spoken_of = {finding.place.path for finding in report.findings}
    found = [
        each
        for path in sorted(files)
        # Prose shows ignores as examples.
        if not path.lower().endswith(_PROSE) or path in spoken_of
        for each in _in_file(path, files[path], today, notes)
    ]
    for each in found:
        for line in each.lines:
            ignores.setdefault((each.path, each.rule, line), each)
    kept, ignored = [], []
    for finding in report.findings:
        accepted = ignores.get((finding.place.path, finding.rule, finding.place.line))
        if accepted is None:
            kept.append(finding)
            continue
        accepted.used = True
        ignored.append(Ignored(finding=finding, reason=accepted.reason))
    notes += [note for each in found if not each.used for note in _useless(each, report)]
    return tuple(kept), tuple(ignored), tuple(notes)


def _useless(ignore: _Ignore, report: Report) -> Iterator[Note]:
    if ignore.rule in report.rules:
        yield Note(text=f"`ignore[{ignore.rule}]` hides nothing here: remove it", place=ignore.place())
    elif ignore.rule not in {rule for rule, _ in report.not_run}:
        # Of a rule that did not run nobody knows whether its ignore is needed.
        yield Note(text=f"no rule that was asked for is called `{ignore.rule}`", place=ignore.place())


def _in_file(path: str, content: bytes, today: str, notes: list[Note]) -> Iterator[_Ignore]:
    if b"yett:" not in content:
        return
    lines = _BREAK.split(content.decode("utf-8-sig", "replace"))
    for number, text in enumerate(lines, 1):
        for match in _IGNORE.finditer(text):
            yield from _read(match, path, number, lines, today, notes)


def _read(
    match: re.Match[str], path: str, number: int, lines: list[str], today: str, notes: list[Note]
) -> Iterator[_Ignore]:
    text = lines[number - 1]
    place = Place(path=path, line=number, column=match.start() + 1, end_line=number, text=text[:200])
    rules = [rule for rule in re.split(r"[ \t,]+", match["rules"] or "") if rule]
    reason, *behind = _END.split(match["rest"], maxsplit=1)
    reason = reason.strip()
    alone = not text[: match.start()].strip() and not "".join(behind).strip()
    until = _UNTIL.match(reason)
    if until:
        reason = reason[until.end() :]
    if not rules:
        notes.append(Note(text=f"an ignore that names no rule is not heeded: {_EXAMPLE}", place=place))
    elif not reason:
        notes.append(Note(text=f"an ignore without a reason is not heeded: {_EXAMPLE}", place=place))
    elif until and until["date"] < today:
        notes.append(Note(text=f"this ignore ended on {until['date']}", place=place))
    else:
        meant = (number, _next(lines, number)) if alone else (number,)
        for rule in rules:
            yield _Ignore(
                path=path, line=number, column=match.start() + 1, text=text, rule=rule, reason=reason, lines=meant
            )


def _next(lines: list[str], number: int) -> int:
    """The next line that is neither empty nor another ignore."""
    for following, text in enumerate(lines[number:], number + 1):
        if text.strip() and not _IGNORE.search(text):
            return following
    return number
