"""Rule: a route that asks nobody starts programs."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.entries import Reach
from yett.auditor.analysis.program import Program
from yett.auditor.analysis.sinks import COMMAND, RUN
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

KINDS = frozenset((COMMAND, RUN))


class ProcessFromOpenRoute(Rule[Program]):
    """An HTTP handler without anything before it that refuses, and a way from the request to a program."""

    id = "process-from-open-route"
    title = "A route that asks nobody starts programs"
    severity = Severity.CRITICAL
    cwe = 306
    maps = ("MCP07", "MCP05", "ASI05")
    why = (
        "Whoever reaches the port, a web page of another origin included, starts a program of their choice with the "
        "rights of the user."
    )
    fix = (
        "Ask for a secret that only the user has (a token made at the start, compared in constant time) before the "
        "handler, check Origin and Host, and listen on loopback only."
    )

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        seen: set[tuple[str, int]] = set()
        for path in subject.paths:
            sink, entry = path.flow.sink, path.entry
            key = (sink.spot.module.path, sink.spot.line)
            if sink.kind not in KINDS or entry is None or entry.reach is not Reach.HTTP or key in seen:
                continue
            if not any(subject.refuses(function) for function in entry.before) and not subject.guarded_app:
                seen.add(key)
                yield self.finding(
                    subject.place(sink.spot),
                    f"`{path.parameter}` of an HTTP request that needs no credential starts a program",
                    subject=f"{sink.function} {sink.callee}",
                    confidence=path.confidence,
                    steps=subject.steps(path),
                )
