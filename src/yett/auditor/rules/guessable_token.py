"""Rule: a token is made of guessable numbers."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class GuessableToken(Rule[Program]):
    """A name of a secret bound to a value of an ordinary random generator."""

    id = "guessable-token"
    title = "A token is made of guessable numbers"
    severity = Severity.MEDIUM
    cwe = 330
    maps = ("MCP07",)
    why = (
        "`Math.random` and `random` are made for games: from a few outputs all later ones follow. A session or token "
        "made of them can be guessed."
    )
    fix = "Use `secrets.token_urlsafe(32)`, `crypto.randomUUID()` or `crypto.randomBytes(32)`."

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        for spot, name in subject.guessable():
            yield self.finding(
                subject.place(spot), f"`{name}` is made of guessable numbers", subject=f"{spot.module.path} {name}"
            )
