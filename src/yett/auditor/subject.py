"""Subject: one parsed thing that rules judge; and what could not be parsed, which is always reported."""

from __future__ import annotations

from dataclasses import dataclass

from yett.auditor.finding import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Base of everything a rule can judge. A rule names the one subclass it is for."""

    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Text(Subject):
    """A file's text, split into lines for places and excerpts."""

    lines: tuple[str, ...]

    # 200 characters: enough for an excerpt; a minified bundle has lines of megabytes.
    EXCERPT = 200

    def place(self, line: int, column: int = 0, end_column: int = 0) -> Place:
        """The place of one line of this file, with its text for the excerpt."""
        text = self.lines[line - 1][: self.EXCERPT] if 0 < line <= len(self.lines) else ""
        return Place(
            path=self.path, line=line, column=column, end_line=line, end_column=end_column or column, text=text
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Skipped:
    """Something in the target that was not analysed, and why: never left out in silence."""

    path: str
    why: str
