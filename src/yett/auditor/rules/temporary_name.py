"""Rule: a temporary file is named before it is made."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program, spot_of
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class TemporaryName(Rule[Program]):
    """`tempfile.mktemp`."""

    id = "temporary-name"
    title = "A temporary file is named before it is made"
    severity = Severity.LOW
    cwe = 377
    maps = ()
    why = (
        "Between the name and the file another user of the machine makes a link of that name, and the server writes "
        "where the link leads."
    )
    fix = "Use `tempfile.mkstemp`, `NamedTemporaryFile` or `TemporaryDirectory`; `fs.mkdtemp` in Node."

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for site in subject.sites:
            if any(path in {"tempfile.mktemp", "os.tempnam", "os.tmpnam"} for path in site.paths):
                yield self.finding(
                    subject.place(spot_of(site)),
                    f"`{site.method}` only invents a name",
                    subject=f"{site.function.qualified} {site.method}",
                )
