"""What a rule may name: `server.tool`, `server.prompt:name`, `server.resource:uri`, with `*` for any characters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from yett.config.wording import Unreadable, suggestion

KINDS: Final = ("tool", "prompt", "resource")
_SERVER: Final = re.compile(r"\*|[a-z0-9][a-z0-9_-]{0,62}\Z")
_TOOL: Final = re.compile(r"[A-Za-z0-9_.*-]{1,128}\Z")
_OTHER: Final = re.compile(r"[^\x00-\x20\x7f]{1,2048}\Z")
_FOREIGN: Final = re.compile(r"[?\[\]{}()|^$\\+]")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern in its parts. `server` is a name or `*`; in `name` every `*` stands for any characters, also none."""

    text: str
    server: str
    kind: str
    name: str

    @property
    def exact(self) -> bool:
        """Whether it names one thing and not many."""
        return self.server != "*" and "*" not in self.name

    def covers(self, other: Pattern) -> bool:
        """Whether everything that `other` can match is matched by this one too."""
        if self.server not in {"*", other.server} or self.kind != other.kind:
            return False
        glob = ".*".join(re.escape(part) for part in self.name.split("*"))
        # A `*` of the other is one more character that only a `*` of this one can match.
        return re.fullmatch(glob, other.name, re.DOTALL) is not None


def parse(text: str) -> Pattern:
    """Read a pattern. Raises `Unreadable`."""
    server, dot, rest = text.partition(".")
    if not dot or not rest:
        hint = (
            f"to mean everything `{server}` offers, write `{server}.*`"
            if _SERVER.match(server)
            else "write `server.tool`"
        )
        raise Unreadable(f"`{text}` names no tool", 'write `"*.*"`' if server == "*" else hint)
    if not _SERVER.match(server):
        raise Unreadable(
            f"`{server}` cannot be a server's name in `{text}`", "write a server's name, or `*` for every server"
        )
    kind, colon, name = rest.partition(":")
    if not colon:
        return Pattern(text, server, "tool", _tool(rest, text))
    if kind not in KINDS:
        hint = suggestion(kind, KINDS) or "write `server.tool`, `server.prompt:name` or `server.resource:uri`"
        raise Unreadable(f"unknown kind `{kind}` in `{text}`", hint)
    if kind == "tool":
        return Pattern(text, server, kind, _tool(name, text))
    if not _OTHER.match(name):
        raise Unreadable(f"`{text}` names no {kind}", f"write `{server}.{kind}:*` to mean every one")
    return Pattern(text, server, kind, name)


def _tool(name: str, text: str) -> str:
    if found := _FOREIGN.search(name):
        raise Unreadable(
            f"`{found.group()}` has no meaning in `{text}`", "the only wildcard is `*`, for any characters"
        )
    if not _TOOL.match(name):
        raise Unreadable(
            f"`{name}` cannot be a tool's name in `{text}`", "tool names hold letters, digits, `_`, `-` and `.`"
        )
    return name
