"""Says in plain words what a YAML parser could not read, and where."""

from __future__ import annotations

import re
from typing import Final

import yaml

from yett.config.node import START, Span
from yett.config.report import Report

# What stands after such a key is kept out of excerpts: the file could not be read, so nobody knows what is a value.
_SECRETIVE: Final = re.compile(
    r"(?i)(authorization|cookie|[\w-]*(?:token|secret|password|passwd|api[_-]?key|_key|_pat))[\"']?\s*[:=]\s*(\S.*)"
)
_QUOTE: Final = "a value that starts with `{}` must be quoted"

# What the two parsers of PyYAML say (they differ in words, not in kind), what it means, and what to do.
_TROUBLES: Final = (
    ("alias", "a value that starts with `*` is a YAML alias", 'if it is a pattern, quote it: "{word}"'),
    ("anchor", "a value that starts with `&` is a YAML anchor", 'quote it: "{word}"'),
    ("cannot start any token", "a value may not start with `{first}`", 'quote it: "{word}"'),
    (
        "mapping values are not allowed",
        "a `:` that does not belong here",
        "quote the value if it contains `: `, or check the indentation",
    ),
    ("quoted scalar.*(end of stream|document)", "a quoted text is not closed", "add the closing quote"),
    ("quoted scalar|escape", "an unknown escape in a quoted text", "use single quotes, or double the backslash"),
    ("flow", "a bracket is not closed, or a comma is missing", "check for `,`, `]` and `}}`"),
    ("expected ':'|block|simple key", "a line that fits nowhere", "check the indentation, and the `:` behind the key"),
)


def explain(error: yaml.YAMLError, text: str, report: Report) -> None:
    """Add the parser's complaint to the report."""
    hide_secrets(text, report)
    span = _place(error, text)
    message, hint = _words(error, _rest(text, span))
    report.error(message, span, help=hint, code="yaml")


def _words(error: yaml.YAMLError, rest: str) -> tuple[str, str]:
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable")
    said = f"{getattr(error, 'context', None) or ''}; {problem}"
    if rest.startswith("\t") and "cannot start any token" in said:
        return "a tab in the indentation", "indent with spaces"
    for sign, message, hint in _TROUBLES:
        if re.search(sign, said):
            return message.format(first=rest[:1], word=_word(rest)), hint.format(first=rest[:1], word=_word(rest))
    return f"not YAML: {problem}", ""


def _word(rest: str) -> str:
    found = re.match(r"[^\s,\]}]+", rest)
    return found.group() if found else "*.*"


def _place(error: yaml.YAMLError, text: str) -> Span:
    lines = text.splitlines()
    # A parser that ran off the end complains there; where the trouble began says more.
    marks = [getattr(error, "problem_mark", None), getattr(error, "context_mark", None)]
    if re.search("alias|anchor", str(getattr(error, "context", ""))):
        marks.reverse()
    for mark in marks:
        if mark is not None and mark.line < len(lines):
            column = min(mark.column, len(lines[mark.line]))
            return Span(mark.line + 1, column + 1, mark.line + 1, column + 2)
    return START


def _rest(text: str, span: Span) -> str:
    lines = text.splitlines()
    return lines[span.line - 1][span.column - 1 :] if span.line <= len(lines) else ""


def hide_secrets(text: str, report: Report) -> None:
    """Keep what may be a secret out of the excerpts of a file that could not be read to its end."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := _SECRETIVE.search(line):
            report.blot(Span(number, found.start(2) + 1, number, len(line) + 1))
