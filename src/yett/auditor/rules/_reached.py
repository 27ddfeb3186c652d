"""Reached: the base of rules about data of a stranger that reaches a sink. One kind of sink, one rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from yett.auditor.analysis.program import Path, Program
from yett.auditor.finding import Finding
from yett.auditor.rule import Rule


class Reached(Rule[Program]):
    """A finding for every way to a sink of `kinds`; `does` says what the data does there."""

    kinds: ClassVar[frozenset[str]]
    does: ClassVar[str]

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of files and lines."""
        found = [path for path in subject.paths if path.flow.sink.kind in self.kinds]
        for path in sorted(found, key=lambda each: each.flow.sink.spot[0].path):
            sink = path.flow.sink
            yield self.finding(
                subject.place(sink.spot),
                f"{_source(path)} {self.does} `{_short(sink.callee)}`",
                subject=f"{sink.function} {sink.callee} {path.parameter}",
                confidence=path.confidence,
                steps=subject.steps(path),
            )


def _source(path: Path) -> str:
    parameter = f"`{path.parameter}`" if path.entered is not None else path.parameter
    if path.entry is not None and path.tool:
        return f"{parameter} of tool `{path.tool}`" if path.entry.reach else f"{parameter} of `{path.tool}`"
    if path.entered is not None:
        return f"{parameter} of `{path.entered.qualified}`"
    return parameter


def _short(callee: str) -> str:
    return callee if len(callee) < 60 else f"...{callee[-56:]}"  # noqa: PLR2004 - one line of a report
