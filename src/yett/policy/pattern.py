"""What a rule names: `server.tool`, `server.resource:URI` or `server.prompt:name`, with stars."""

from __future__ import annotations

import difflib
from typing import Final

from yett.errors import PolicyError
from yett.policy.glob import Glob

TOOL: Final = "tool"
RESOURCE: Final = "resource"
PROMPT: Final = "prompt"
KINDS: Final = (TOOL, RESOURCE, PROMPT)
ANY_SERVER: Final = "*"

_SERVER_CHARS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_TOOL_CHARS: Final = _SERVER_CHARS | {"."}
MAX_TOOL_NAME: Final = 128
"""MCP, "Tool names": 1 to 128 of `A-Za-z0-9_.-`. Not even `*` matches others: they cannot be told apart safely."""
MAX_NAME: Final = 8192
"""Characters of a prompt name or URI that a star may match, and of a pattern."""
_SHOWN: Final = 80


class Pattern:
    """A parsed rule target. `server` is a name or `*`, `kind` one of `KINDS`, `name` a glob."""

    __slots__ = ("kind", "name", "server", "text")

    def __init__(self, text: str, server: str, kind: str, name: Glob) -> None:
        self.text = text
        self.server = server
        self.kind = kind
        self.name = name

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    @property
    def exact(self) -> bool:
        """Whether this names exactly one thing."""
        return self.server != ANY_SERVER and self.name.exact

    def reaches(self, server: str) -> bool:
        """Whether this is about the server."""
        return self.server in (ANY_SERVER, server)

    def matches(self, server: str, kind: str, name: str) -> bool:
        """Whether this names the thing."""
        return kind == self.kind and self.reaches(server) and self.name.matches(name)

    def covers(self, other: Pattern) -> bool:
        """Whether everything that `other` names is named here too (sound, see `Glob.covers`)."""
        return self.kind == other.kind and self.reaches(other.server) and self.name.covers(other.name)

    def overlaps(self, other: Pattern) -> bool:
        """Whether something is named by both."""
        if self.kind != other.kind or not (self.reaches(other.server) or other.reaches(self.server)):
            return False
        return self.name.overlaps(other.name)


def parse(text: str, where: str = "") -> Pattern:
    """Read a pattern; `PolicyError` says what is wrong with it and how to write it."""
    if len(text) > MAX_NAME:
        raise PolicyError(f"the pattern is longer than {MAX_NAME} characters", where=where)
    server, dot, rest = text.partition(".")
    if not dot:
        hint = "write `*.*` for every tool of every server" if text == "*" else "write `server.tool`"
        raise PolicyError(f"`{_shown(text)}` names no tool: {hint}", where=where)
    _check_server(text, server, where)
    kind, name = _split_kind(text, rest, where)
    if not name:
        raise PolicyError(f"`{_shown(text)}` names nothing: add the name of a {kind}, or `*`", where=where)
    if kind == TOOL:
        _check_tool(text, name, where)
    elif not name.isprintable():
        raise PolicyError(f"`{_shown(text)}` holds a character that cannot be printed", where=where)
    return Pattern(text, server, kind, Glob(name))


def template(server: str, text: str) -> Pattern:
    """What the URIs made from a URI template (RFC 6570) may look like: an expression stands for any characters."""
    glob, position = "", 0
    while (begin := text.find("{", position)) >= 0 and (end := text.find("}", begin)) >= 0:
        glob += text[position:begin] + "*"
        position = end + 1
    return Pattern(text, server, RESOURCE, Glob(glob + text[position:]))


def nameable(kind: str, name: str) -> bool:
    """Whether a star may match `name` at all; what is not nameable is granted by nothing."""
    if kind == TOOL:
        return 0 < len(name) <= MAX_TOOL_NAME and _TOOL_CHARS.issuperset(name)
    return 0 < len(name) <= MAX_NAME and name.isprintable()


def _split_kind(text: str, rest: str, where: str) -> tuple[str, str]:
    kind, colon, name = rest.partition(":")
    if not colon:
        return TOOL, rest
    if kind in KINDS:
        return kind, name
    near = difflib.get_close_matches(kind, KINDS, n=1)
    hint = f"did you mean `{near[0]}:`?" if near else "write `resource:`, `prompt:` or, for a tool, nothing"
    raise PolicyError(f"unknown kind `{_shown(kind)}:` in `{_shown(text)}`: {hint}", where=where)


def _check_server(text: str, server: str, where: str) -> None:
    if server == ANY_SERVER:
        return
    if not server:
        raise PolicyError(f"`{_shown(text)}` starts with a dot: name a server before it, or `*`", where=where)
    wrong = next((char for char in server if char not in _SERVER_CHARS), "")
    if wrong:
        hint = ": name one server, or `*` for all" if wrong == "*" else ""
        raise PolicyError(f"`{_shown(wrong)}` cannot be part of a server's name in `{_shown(text)}`{hint}", where=where)


def _check_tool(text: str, name: str, where: str) -> None:
    wrong = next((char for char in name if char not in _TOOL_CHARS and char != "*"), "")
    if wrong:
        hint = "; the only wildcard is `*`" if wrong in "?[]{}" else ""
        raise PolicyError(f"`{_shown(wrong)}` cannot be part of a tool's name in `{_shown(text)}`{hint}", where=where)
    if len(name.replace("*", "")) > MAX_TOOL_NAME:
        hint = f"a tool's name has at most {MAX_TOOL_NAME} characters"
        raise PolicyError(f"`{_shown(text)}` can never match: {hint}", where=where)


def _shown(text: str) -> str:
    """User input for an error line: short, and one line."""
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:_SHOWN])
    return clean + "..." if len(text) > _SHOWN else clean
