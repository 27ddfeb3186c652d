"""What is wrong with a config, and where: one finding, drawn for people, for programs and for GitHub."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from yett.errors import ConfigError

_WIDEST: Final = 140
"""Columns of an excerpt: a minified `mcp.json` is one line of many thousands."""

ERROR: Final = "error"
WARNING: Final = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding. `line` and `column` count from 1; line 0 means the whole file.

    `code` is `yaml`, `config`, `secret`, `policy` or `test` for errors and the rule's name for warnings. `excerpt` is
    the line of the file with secrets blotted out; `width` is how many of its characters are meant.
    """

    severity: str = ERROR
    code: str
    message: str
    file: str
    line: int = 0
    column: int = 0
    width: int = 1
    help: str = ""
    excerpt: str = ""

    @property
    def where(self) -> str:
        """`file:line:column`, or the file where no place is known."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class InvalidConfig(ConfigError):
    """A config that cannot be used, with everything that is wrong with it, in the order of the file."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        first = diagnostics[0]
        more = f" (and {len(diagnostics) - 1} more)" if len(diagnostics) > 1 else ""
        super().__init__(f"{first.message}{more}", where=first.where)
        self.diagnostics = tuple(diagnostics)


@dataclass(frozen=True, slots=True)
class Palette:
    """Terminal escapes around severity, gutter and help; empty ones draw plain text."""

    error: str = ""
    warning: str = ""
    quiet: str = ""
    strong: str = ""
    end: str = ""


PLAIN: Final = Palette()
COLOR: Final = Palette("\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m")


def as_text(diagnostic: Diagnostic, palette: Palette = PLAIN) -> str:
    """Draw a finding as cargo would."""
    tint = palette.error if diagnostic.severity == ERROR else palette.warning
    title = f"{tint}{diagnostic.severity}[{diagnostic.code}]{palette.end}"
    indent = " " * len(str(diagnostic.line or 1))

    def gutter(mark: str) -> str:
        return f"{palette.quiet}{mark}{palette.end}"

    lines = [
        f"{title}{palette.strong}: {diagnostic.message}{palette.end}",
        f"{indent}{gutter('-->')} {diagnostic.where}",
    ]
    if diagnostic.line:
        excerpt, column, width = _window(diagnostic)
        lines += [
            gutter(f"{indent} |"),
            f"{gutter(f'{diagnostic.line} |')} {excerpt}".rstrip(),
            f"{gutter(f'{indent} |')} {' ' * (column - 1)}{tint}{'^' * width}{palette.end}",
        ]
    if diagnostic.help:
        first, *rest = diagnostic.help.splitlines()
        lines.append(f"{gutter(f'{indent} =')} {palette.strong}help{palette.end}: {first}")
        lines += [f"{indent}         {line}" for line in rest]
    return "\n".join(lines)


def _window(diagnostic: Diagnostic) -> tuple[str, int, int]:
    """The part of the line to show, and where the carets stand in it."""
    line, column = diagnostic.excerpt, diagnostic.column
    width = diagnostic.width or max(len(line) - column + 1, 1)
    if len(line) <= _WIDEST:
        return line, column, width
    start = max(0, min(column - 1 - _WIDEST // 4, len(line) - _WIDEST))
    shown = line[start : start + _WIDEST]
    shown = ("…" + shown[1:] if start else shown)[: _WIDEST - 1] + ("…" if start + _WIDEST < len(line) else shown[-1:])
    return shown, column - start, max(min(width, _WIDEST - (column - start) + 1), 1)


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """The finding as a JSON object."""
    return {
        "severity": diagnostic.severity,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "file": diagnostic.file,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "width": diagnostic.width,
        "help": diagnostic.help,
    }


def as_github(diagnostic: Diagnostic) -> str:
    """The finding as a workflow command, which GitHub shows beside the line of the pull request."""
    places = {"file": diagnostic.file}
    if diagnostic.line:
        places |= {"line": str(diagnostic.line), "col": str(diagnostic.column)}
        if diagnostic.width:
            places["endColumn"] = str(diagnostic.column + diagnostic.width)
    places["title"] = f"yett {diagnostic.code}"
    text = f"{diagnostic.message}\n{diagnostic.help}" if diagnostic.help else diagnostic.message
    properties = ",".join(f"{key}={_escaped(value, property_of=True)}" for key, value in places.items())
    return f"::{diagnostic.severity} {properties}::{_escaped(text)}"


def _escaped(text: str, *, property_of: bool = False) -> str:
    # docs.github.com, "Workflow commands": %, CR and LF everywhere; colon and comma in properties.
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if property_of else text


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sort by place, and say nothing twice."""
    return sorted(dict.fromkeys(diagnostics), key=lambda d: (d.line, d.column, d.severity))
