"""Reached: the base of rules about data of a stranger that reaches a sink. One kind of sink, one rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from yett.auditor.analysis.program import Path, Program
from yett.auditor.analysis.sinks import TOUCH
from yett.auditor.finding import Confidence, Finding
from yett.auditor.rule import Rule


class Reached(Rule[Program]):
    """A finding for every way to a sink of `kinds`; `does` says what the data does there.

    `surest` bounds the confidence where the sink itself rests on an assumption, which the page names. With `once`, a
    parameter that reaches several such sinks in one function is reported at the first.
    """

    kinds: ClassVar[frozenset[str]]
    does: ClassVar[str]
    surest: ClassVar[Confidence] = Confidence.HIGH
    once: ClassVar[bool] = False

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of files and lines."""
        found = sorted((each for each in subject.paths if each.flow.sink.kind in self.kinds), key=_order)
        for path in _first(found) if self.once else found:
            sink = path.flow.sink
            yield self.finding(
                subject.place(sink.spot),
                f"{_source(path)} {self.does} `{_short(sink.callee)}`",
                subject=f"{sink.function} {sink.callee} {path.parameter}",
                confidence=min(path.confidence, self.surest),
                steps=subject.steps(path),
            )


def _first(paths: list[Path]) -> list[Path]:
    """Of the sinks that a parameter reaches in one function, the first; a folder is made only to write in it."""
    best: dict[tuple[str, ...], Path] = {}
    for path in paths:
        sink = path.flow.sink
        key = (sink.spot.module.path, sink.function, path.tool, path.parameter)
        if key not in best or (best[key].flow.sink.kind == TOUCH and sink.kind != TOUCH):
            best[key] = path
    return list(best.values())


def _order(path: Path) -> tuple[str, int, int]:
    spot = path.flow.sink.spot
    return (spot.module.path, spot.line, spot.column)


def _source(path: Path) -> str:
    parameter = f"`{path.parameter}`" if path.entered is not None else path.parameter
    if path.entry is not None and path.tool:
        return f"{parameter} of tool `{path.tool}`" if path.entry.reach else f"{parameter} of `{path.tool}`"
    if path.entered is not None:
        return f"{parameter} of `{path.entered.qualified}`"
    return parameter


def _short(callee: str) -> str:
    return callee if len(callee) < 60 else f"...{callee[-56:]}"  # noqa: PLR2004 - one line of a report
