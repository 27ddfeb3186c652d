"""Rule: some code was not analysed."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program
from yett.auditor.analysis.summary import Spot
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class CodeNotRead(Rule[Program]):
    """What was too deep for the analysis, and functions, files and programs that take too much work."""

    id = "code-not-read"
    title = "Some code was not analysed"
    severity = Severity.INFO
    cwe = 1124
    maps = ()
    why = (
        "Nothing is known of what an audit does not read. Code that is nested beyond reason is generated, or wants not "
        "to be read."
    )
    fix = "Analyse the source that it was generated from; look at the rest by hand."

    def check(self, subject: Program) -> Iterator[Finding]:
        """Every cut, with its line; what was given up; and once, that the whole was too large."""
        for module in subject.modules:
            for line, reason in module.cut:
                yield self.finding(
                    subject.place(Spot(module, line, 1)), f"not analysed from here: {reason}", subject=reason
                )
        for (module, line), reason in subject.world.effort.given_up.items():
            yield self.finding(
                subject.place(Spot(module, line, 1)), f"not analysed to the end: {reason}", subject=reason
            )
        if subject.world.effort.left <= 0 and subject.modules:
            spot = Spot(subject.modules[0], 1, 1)
            yield self.finding(subject.place(spot), "not analysed to the end: too much code", subject="too much code")
