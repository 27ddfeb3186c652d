"""The tools each server says it has, as of its last listing: read whole, checked, and told apart by digest.

What cannot be pinned down (a name twice, a definition that is no definition) is left out and named as a problem: such a
tool is unknown to every guard, so nobody can call it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from hashlib import sha256
from typing import Any, Final

from msgspec import Struct

from yett.core.exchange import Tool
from yett.core.message import JsonObject
from yett.protocol import tool_definition

TOOLS: Final = 5_000
"""Tools of one server; what it lists beyond is left out."""
PROBLEMS: Final = 100
"""Problems of one listing that are kept."""


class Status(Enum):
    """What is known about a server's tools. Only `LISTED` has any."""

    UNLISTED = "unlisted"
    LISTED = "listed"
    FAILED = "failed"


class Change(Struct, frozen=True, kw_only=True):
    """How a listing differs from the one before it, by tool name."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


class Listing(Struct, frozen=True, kw_only=True):
    """One server's tools. `listed_at` is monotonic, in seconds; `detail` says why asking failed."""

    status: Status = Status.UNLISTED
    tools: Mapping[str, Tool] = {}
    listed_at: float = 0.0
    detail: str = ""
    problems: tuple[str, ...] = ()
    change: Change = Change()


class Catalogue:
    """The listings of all servers. Replaced one by one, each as a whole: no reader sees half of a new one."""

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}
        self._digests: dict[str, dict[str, str]] = {}

    def replace(self, server: str, definitions: Sequence[Any], now: float) -> tuple[str, ...]:
        """Take what the server listed, all pages of it; return the problems."""
        tools, problems = _read(server, definitions)
        digests = {name: tool.digest for name, tool in tools.items()}
        before = self._digests.get(server)
        self._digests[server] = digests
        self._listings[server] = Listing(
            status=Status.LISTED,
            tools=tools,
            listed_at=now,
            problems=problems,
            change=Change() if before is None else _compared(before, digests),
        )
        return problems

    def fail(self, server: str, detail: str) -> None:
        """Note that the server could not be asked. Its tools are unknown until it answers again."""
        self._listings[server] = Listing(status=Status.FAILED, detail=detail)

    def forget(self, server: str) -> None:
        """Drop everything about a server that is not configured any more."""
        self._listings.pop(server, None)
        self._digests.pop(server, None)

    def find(self, server: str, name: str) -> Tool | None:
        """Return the tool as last listed; `None` when it is unknown for whatever reason."""
        listing = self._listings.get(server)
        return None if listing is None else listing.tools.get(name)

    def known(self, server: str) -> bool:
        """Tell whether the server's last listing succeeded."""
        return self.listing(server).status is Status.LISTED

    def listing(self, server: str) -> Listing:
        """Return what is known of one server, which may be nothing."""
        return self._listings.get(server) or Listing()

    def __iter__(self) -> Iterator[tuple[str, Listing]]:
        return iter(list(self._listings.items()))


def digest(definition: JsonObject) -> str:
    """Return the SHA-256 (hex) of the canonical definition: keys sorted, no spaces, numbers as they were read."""
    return sha256(tool_definition.encoded(definition)).hexdigest()


def _read(server: str, definitions: Sequence[Any]) -> tuple[dict[str, Tool], tuple[str, ...]]:
    tools: dict[str, Tool] = {}
    problems: list[str] = []
    names = Counter(tool_definition.name_of(definition) for definition in definitions[:TOOLS])
    for definition in definitions[:TOOLS]:
        tool = _tool(server, definition, names)
        if isinstance(tool, Tool):
            tools[tool.name] = tool
        elif tool not in problems:
            problems.append(tool)
    if len(definitions) > TOOLS:
        problems.insert(0, f"{len(definitions) - TOOLS} tools beyond the first {TOOLS} are left out")
    return tools, tuple(problems[:PROBLEMS])


def _tool(server: str, definition: Any, names: Counter[str]) -> Tool | str:
    """Return the tool, or what is wrong with its definition."""
    tool = tool_definition.read(server, definition)
    if isinstance(tool, Tool) and names[tool.name] > 1:
        return f"tool `{tool.name}` is listed {names[tool.name]} times: nobody can tell which one would be called"
    return tool


def _compared(before: Mapping[str, str], after: Mapping[str, str]) -> Change:
    return Change(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(name for name in before.keys() & after.keys() if before[name] != after[name])),
    )
