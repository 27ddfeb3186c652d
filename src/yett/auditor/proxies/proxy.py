"""Proxy: the blocks and directives of an nginx or Caddy file, with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from yett.auditor.documents.document import text_lines
from yett.auditor.documents.secrecy import blotted
from yett.auditor.finding import Place
from yett.auditor.subject import Skipped, Text

SIZE: Final = 1_000_000
DEPTH: Final = 32
_TOKEN: Final = re.compile(
    r"(?P<space>[ \t\r]+)|(?P<line>\n)|(?P<comment>#[^\n]*)|(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<open>\{(?=\s|$))|(?P<close>\})|(?P<end>;)|(?P<word>(?:\$?\{[\w.:/-]+\}|\\.|[^\s;{}\"'])+|[{}\"'])",
    re.DOTALL,
)
_NGINX: Final = re.compile(r"^\s*(?:server|location\s[^\n]*|upstream\s[^\n]*|http)\s*\{|^\s*proxy_pass\s", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Directive:
    """One directive: its name, arguments, line, and what its block holds."""

    name: str
    arguments: tuple[str, ...]
    line: int
    block: tuple[Directive, ...] = ()

    @property
    def value(self) -> str:
        """All arguments as one text."""
        return " ".join(self.arguments)

    def each(self, name: str) -> Iterator[Directive]:
        """The directives of its block with that name."""
        return (directive for directive in self.block if directive.name == name)

    def walk(self) -> Iterator[Directive]:
        """Everything below, in the order of the file."""
        for directive in self.block:
            yield directive
            yield from directive.walk()


@dataclass(frozen=True, kw_only=True, slots=True)
class Proxied:
    """One place where requests are handed on: the directives around it, the innermost first."""

    directive: Directive
    around: tuple[Directive, ...]

    def effective(self, name: str) -> list[Directive]:
        """The directives that count here: the innermost block that has any, as nginx inherits them."""
        for block in self.around:
            found = list(block.each(name))
            if found:
                return found
        return []

    @property
    def path(self) -> str:
        """The location's argument."""
        return next((block.value for block in self.around if block.name == "location"), "")

    @property
    def server(self) -> Directive | None:
        """The `server` block around it, None for a snippet without one."""
        return next((block for block in self.around if block.name == "server"), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proxy(Text):
    """A file of a reverse proxy."""

    root: Directive

    def at(self, directive: Directive) -> Place:
        """The place of a directive: its line, without secrets."""
        text = blotted(self.lines[directive.line - 1])
        column = len(text) - len(text.lstrip()) + 1
        return Place(
            path=self.path,
            line=directive.line,
            column=column,
            end_line=directive.line,
            end_column=len(text) + 1,
            text=text[: self.EXCERPT],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Nginx(Proxy):
    """A file of nginx."""

    def proxied(self) -> Iterator[Proxied]:
        """Every `proxy_pass` to something that is an MCP server by its path, its name or its upstream's."""
        for each in _proxied(self.root, ()):
            names = " ".join(d.value for d in each.server.each("server_name")) if each.server else ""
            if re.search(r"(?i)mcp|\bsse\b|/messages?\b", f"{each.path} {each.directive.value} {names} {self.path}"):
                yield each


@dataclass(frozen=True, kw_only=True, slots=True)
class Caddyfile(Proxy):
    """A file of Caddy."""

    def sites(self) -> Iterator[Directive]:
        """The blocks of sites that hand requests on; a file without braces is one site."""
        for directive in self.root.block:
            if directive.block and any(below.name == "reverse_proxy" for below in directive.walk()):
                yield directive


def claims_nginx(path: str, content: str) -> bool:
    """Whether a file is nginx's."""
    name = PurePosixPath(path).name
    return name.endswith((".conf", ".nginx", ".conf.template")) and bool(_NGINX.search(content))


def claims_caddy(path: str, content: str) -> bool:
    """Whether a file is Caddy's."""
    name = PurePosixPath(path).name.lower()
    return (name.startswith("caddyfile") or name.endswith(".caddyfile")) and "reverse_proxy" in content


def parse_nginx(path: str, content: str) -> Nginx | Skipped:
    """Read a file of nginx."""
    root = _read(content, by_line=False)
    return Nginx(path=path, lines=text_lines(content), root=root) if isinstance(root, Directive) else _skip(path, root)


def parse_caddy(path: str, content: str) -> Caddyfile | Skipped:
    """Read a file of Caddy."""
    root = _read(content, by_line=True)
    return (
        Caddyfile(path=path, lines=text_lines(content), root=root) if isinstance(root, Directive) else _skip(path, root)
    )


def _skip(path: str, why: str) -> Skipped:
    return Skipped(path=path, why=why)


def _proxied(directive: Directive, around: tuple[Directive, ...]) -> Iterator[Proxied]:
    inner = (directive, *around)
    for below in directive.block:
        if below.name == "proxy_pass":
            yield Proxied(directive=below, around=inner)
        elif below.block:
            yield from _proxied(below, inner)


def _read(content: str, *, by_line: bool) -> Directive | str:
    """The tree of a file; or why it is none. Directives end at `;`, in Caddy's files with their line."""
    if len(content) > SIZE:
        return f"a proxy's file of more than {SIZE} characters"
    reader = _Reader()
    for token in _TOKEN.finditer(content):
        kind, text = token.lastgroup or "", token.group()
        if problem := reader.take(kind, text, by_line=by_line):
            return f"{problem}, line {reader.line}"
        reader.line += text.count("\n")
    return reader.done()


class _Reader:
    """Folds tokens into blocks; what is open stands on a stack, not on Python's."""

    def __init__(self) -> None:
        self.line = 1
        self._open: list[tuple[str, tuple[str, ...], int, list[Directive]]] = [("", (), 1, [])]
        self._words: list[str] = []
        self._begun = 1

    def take(self, kind: str, text: str, *, by_line: bool) -> str:
        """Take one token; what is wrong with it, or nothing."""
        if kind in {"word", "text"}:
            self._begun = self._begun if self._words else self.line
            self._words.append(text[1:-1] if kind == "text" else text)
        elif kind == "open":
            if len(self._open) > DEPTH:
                return f"nested more than {DEPTH} levels deep"
            begun = self._begun if self._words else self.line
            self._open.append((self._words[0] if self._words else "", tuple(self._words[1:]), begun, []))
            self._words = []
        elif kind in {"end", "close"} or (kind == "line" and by_line):
            self._end()
            return self._close() if kind == "close" else ""
        return ""

    def done(self) -> Directive | str:
        """The whole file."""
        self._end()
        if len(self._open) > 1:
            return f"a block that is not closed, line {self._open[-1][2]}"
        return Directive(name="", arguments=(), line=1, block=tuple(self._open[0][3]))

    def _end(self) -> None:
        if self._words:
            self._open[-1][3].append(Directive(name=self._words[0], arguments=tuple(self._words[1:]), line=self._begun))
            self._words = []

    def _close(self) -> str:
        if len(self._open) == 1:
            return "a `}` that closes nothing"
        name, arguments, number, block = self._open.pop()
        self._open[-1][3].append(Directive(name=name, arguments=arguments, line=number, block=tuple(block)))
        return ""
