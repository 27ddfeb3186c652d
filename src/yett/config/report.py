"""Collects what is wrong with one file, and shows its lines without the secrets in them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from yett.config.diagnostic import ERROR, WARNING, Diagnostic, InvalidConfig, in_order
from yett.config.node import START, Place, Span

# C0 and C1 controls would let a config draw on the terminal of whoever validates it.
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BLOT: Final = "*"


class Report:
    """The findings about one file, and its text for the excerpts."""

    def __init__(self, file: str, text: str = "") -> None:
        self.file = file
        self._lines = text.splitlines()
        self._blotted: list[Span] = []
        self._found: list[Diagnostic] = []

    def blot(self, span: Span) -> None:
        """Keep this stretch of text out of every excerpt: it holds a secret."""
        self._blotted.append(span)

    def error(self, message: str, span: Span | None, *, help: str = "", code: str = "config") -> None:  # noqa: A002 - the word users read
        """Add something that makes the config unusable."""
        self._add(ERROR, code, message, span, help)

    def warning(self, message: str, span: Span | None, *, help: str = "", code: str) -> None:  # noqa: A002 - as above
        """Add something that works and should be looked at; `code` is the name of the lint rule."""
        self._add(WARNING, code, message, span, help)

    def _add(self, severity: str, code: str, message: str, span: Span | None, hint: str) -> None:
        place = span or Span(0, 0, 0, 0)
        self._found.append(
            Diagnostic(
                severity=severity,
                code=code,
                message=_CONTROLS.sub("\ufffd", message),
                file=self.file,
                line=place.line,
                column=place.column,
                width=place.width,
                help=hint,
            )
        )

    @property
    def failed(self) -> bool:
        """Whether anything found so far makes the config unusable."""
        return any(diagnostic.severity == ERROR for diagnostic in self._found)

    def failed_within(self, span: Span) -> bool:
        """Whether something is wrong inside this stretch of text: more about the whole would only follow from it."""
        start, end = (span.line, span.column), (span.end_line, span.end_column)
        return any(
            diagnostic.severity == ERROR and start <= (diagnostic.line, diagnostic.column) < end
            for diagnostic in self._found
        )

    def diagnostics(self) -> list[Diagnostic]:
        """Everything found, in the order of the file."""
        return in_order(self._drawn(diagnostic) for diagnostic in self._found)

    def raise_if_failed(self) -> None:
        """Raise `InvalidConfig` when anything found makes the config unusable."""
        if self.failed:
            raise InvalidConfig(self.diagnostics())

    def place(self, span: Span = START) -> Place:
        """A span as `file:line:column`."""
        return Place(self.file, span.line, span.column)

    def within(self, span: Span, part: str) -> Span:
        """The stretch of a value where `part` stands, or the whole value where it is not written like that."""
        if not part or not 1 <= span.line <= len(self._lines):
            return span
        end = span.end_column - 1 if span.end_line == span.line else None
        start = self._lines[span.line - 1].find(part, span.column - 1, end)
        return span if start < 0 else Span(span.line, start + 1, span.line, start + len(part) + 1)

    def _drawn(self, diagnostic: Diagnostic) -> Diagnostic:
        return replace(diagnostic, excerpt=self.excerpt(diagnostic.line)) if diagnostic.line else diagnostic

    def excerpt(self, line: int) -> str:
        """One line of the file: same length, secrets blotted out, control characters made harmless."""
        if not 1 <= line <= len(self._lines):
            return ""
        text = self._lines[line - 1]
        for span in self._blotted:
            if span.line <= line <= span.end_line:
                start = span.column - 1 if line == span.line else 0
                end = min(span.end_column - 1 if line == span.end_line else len(text), len(text))
                text = text[:start] + _BLOT * (end - start) + text[end:]
        return _CONTROLS.sub(lambda found: " " if found.group() == "\t" else "\ufffd", text)
