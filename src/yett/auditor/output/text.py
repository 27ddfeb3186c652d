"""The report for a terminal: each finding with source and sink, then what was not looked at, then one line of sums."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.grade import grade, is_partial
from yett.auditor.output.snippet import cells, draw, wrapped
from yett.auditor.output.wording import SEPARATOR, count, name, reasons, summary, where
from yett.auditor.report import Report
from yett.auditor.shown import shown
from yett.config.diagnostic import PLAIN, Palette

_WORDS: Final = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning"}
_MOST_SKIPPED: Final = 50
_MOST_SERVERS: Final = 40
_FACTS: Final = ("transport", "era", "runs", "at", "findings")


def as_text(report: Report, palette: Palette = PLAIN, *, width: int = 100, verbosity: int = 0) -> str:
    """The whole report. `verbosity`: -1 findings only, 0 with sums, 1 with every file that was not read."""
    return "\n".join(_Drawing(report, palette, width, verbosity).lines())


class _Drawing:
    def __init__(self, report: Report, palette: Palette, width: int, verbosity: int) -> None:
        self._report = report
        self._palette = palette
        self._width = width
        self._verbosity = verbosity

    def lines(self) -> Iterator[str]:
        if self._verbosity >= 0:
            yield from self._servers()
        for position, finding in enumerate(self._report.findings):
            yield from self._finding(position, finding)
            yield ""
        yield from self._failures()
        if self._verbosity >= 0:
            yield from self._notes()
            yield from self._fixed()
            yield from self._scope()
            yield from self._sum()

    def _servers(self) -> Iterator[str]:
        servers = self._report.servers
        if not servers:
            return
        files = len({server.path for server in servers})
        live = any("era" in dict(server.facts) for server in servers)
        yield f"Found {count(len(servers), 'server')}" + ("" if live else f" in {count(files, 'file')}")
        names = [shown(server.name, longest=40) for server in servers[:_MOST_SERVERS]]
        width = max(map(cells, names))
        for named, server in zip(names, servers, strict=False):
            facts = dict(server.facts)
            words = [shown(facts[fact], longest=60) for fact in _FACTS if fact in facts]
            words += [f"{facts['tools']} tools"] if "tools" in facts else []
            yield f"  {named}{' ' * (width - cells(named))}  {'  '.join(words)}".rstrip()
        if len(servers) > _MOST_SERVERS:
            yield f"  and {len(servers) - _MOST_SERVERS} more"
        yield ""

    def _finding(self, position: int, finding: Finding) -> Iterator[str]:
        palette = self._palette
        word = _WORDS.get(finding.severity, "note")
        tint = {"error": palette.error, "warning": palette.warning}.get(word, palette.quiet)
        comparison = self._report.comparison
        mark = "new " if comparison is not None and position in comparison.new else ""
        yield f"{tint}{mark}{word}[{finding.rule}]{palette.end}{palette.strong}: {shown(finding.message)}{palette.end}"
        yield from draw(finding, palette, tint, self._width)
        for line in finding.evidence:
            yield from self._remark("seen", line)
        if finding.fix:
            yield from self._remark("fix", finding.fix)
        if finding.edits:
            yield from self._remark("fix", f"`yett audit --fix --rule {finding.rule}` does it")
        verdict = f"severity {name(finding.severity)}, confidence {finding.confidence.name.lower()}"
        yield from self._remark("", f"{verdict}{SEPARATOR}yett rule {finding.rule}")

    def _remark(self, word: str, text: str) -> Iterator[str]:
        lines = list(wrapped(f"= {word}: " if word else "= ", text, self._width, "   "))
        yield lines[0].replace("=", f"{self._palette.quiet}={self._palette.end}", 1)
        yield from lines[1:]

    def _failures(self) -> Iterator[str]:
        palette = self._palette
        for failed in self._report.failed:
            given = shown(failed.given, longest=200)
            yield f"{palette.error}error{palette.end}: `{given}` was not audited: {shown(failed.why)}"
        for rule, what in self._report.broken:
            yield f"{palette.error}error{palette.end}: a bug of ours: rule `{rule}` broke on {shown(what)}"

    def _notes(self) -> Iterator[str]:
        palette = self._palette
        for note in self._report.notes:
            place = f"{where(note.place)}: " if note.place.path else ""
            yield f"{palette.warning}warning{palette.end}: {place}{shown(note.text)}"

    def _fixed(self) -> Iterator[str]:
        comparison = self._report.comparison
        if comparison is None:
            return
        unchanged = len(self._report.findings) - len(comparison.new)
        against = shown(comparison.against, longest=200)
        sums = f"{len(comparison.new)} new, {len(comparison.fixed)} fixed, {unchanged} unchanged"
        yield f"Compared with {against}: {sums}"
        for known in comparison.fixed:
            yield f"  fixed: {shown(known.path)}: {known.rule}: {shown(known.message)}"

    def _scope(self) -> Iterator[str]:
        report = self._report
        for target in report.targets:
            given = shown(target.given, longest=200)
            yield f"Audited {given}: {target.kind}, {count(target.files, 'file')}, {count(target.lines, 'line')}"
        if report.skipped:
            why = ", ".join(f"{shown(reason)} ({number:,})" for reason, number in islice(reasons(report.skipped), 6))
            more = "" if self._verbosity > 0 else " (-v lists them)"
            yield f"Not read: {why}{more}"
        if self._verbosity > 0:
            yield from (f"  {shown(each.path)}: {shown(each.why)}" for each in report.skipped[:_MOST_SKIPPED])
            if len(report.skipped) > _MOST_SKIPPED:
                yield f"  and {len(report.skipped) - _MOST_SKIPPED} more: `--output json` lists them all"
        idle = f", {len(report.not_run)} did not: nothing of their kind, or not asked for" if report.not_run else ""
        yield f"{count(len(report.rules), 'rule')} ran{idle}"

    def _sum(self) -> Iterator[str]:
        report, palette = self._report, self._palette
        parts = [f"{palette.strong}{summary(report)}{palette.end}"]
        parts.append(f"grade {grade(report)}{' (partial)' if is_partial(report) else ''}")
        if report.ignored:
            parts.append(f"{len(report.ignored)} accepted")
        if report.hidden:
            parts.append(f"{report.hidden} below what was asked for")
        yield SEPARATOR.join(parts)
        fixable = sum(bool(finding.edits) for finding in report.findings)
        hints = [f"explain: yett rule {report.findings[0].rule}"] if report.findings else []
        if fixable:
            hints.append(f"{fixable} can be fixed: --fix")
        hints.append("report: -o audit.html")
        yield SEPARATOR.join(hints)
