"""Rule: a file is made writable by everybody."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program, spot_of
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class WritableByEverybody(Rule[Program]):
    """`chmod` with a mode that lets others write."""

    id = "writable-by-everybody"
    title = "A file is made writable by everybody"
    severity = Severity.MEDIUM
    cwe = 732
    maps = ()
    why = "Every user and every other server of the machine can replace what is in it: code, configuration, tokens."
    fix = "Give rights to the owner only: `0o600` for files, `0o700` for folders."

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for site in subject.sites:
            mode = site.argument(1, "mode").const if site.paths else site.argument(0, "mode").const
            if site.method in {"chmod", "chmodSync"} and type(mode) is int and mode & 0o002:
                yield self.finding(
                    subject.place(spot_of(site)),
                    f"`{site.method}` lets everybody write (`{mode:o}`)",
                    subject=f"{site.function.qualified} {site.method}",
                )
