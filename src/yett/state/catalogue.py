"""The tools each server says it has, as of its last listing: read whole, checked, and told apart by digest.

What cannot be pinned down (a name twice, a definition that is no definition) is left out and named as a problem: such a
tool is unknown to every guard, so nobody can call it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import Struct

from yett.core.exchange import Tool
from yett.core.message import JsonObject
from yett.core.verdict import Deny
from yett.protocol.headers import mirrored

TOOLS: Final = 5_000
"""Tools of one server; what it lists beyond is left out."""
DEFINITION_BYTES: Final = 256 * 1024
"""One definition, encoded. The largest one seen in the wild is a sixth of this."""
PROBLEMS: Final = 100
"""Problems of one listing that are kept."""

# 2026-07-28 (and 2025-11-25), server/tools: "1 to 128 characters", of these.
_NAME: Final = re.compile(r"[A-Za-z0-9_.\-]{1,128}", re.ASCII)


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
    return sha256(_encoded(definition)).hexdigest()


def _encoded(definition: JsonObject) -> bytes:
    return msgspec.json.encode(definition, order="sorted")


def _read(server: str, definitions: Sequence[Any]) -> tuple[dict[str, Tool], tuple[str, ...]]:
    tools: dict[str, Tool] = {}
    problems: list[str] = []
    names = Counter(_name(definition) for definition in definitions[:TOOLS])
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
    flaw = _flaw(definition, names)
    if flaw:
        return flaw
    name = definition["name"]
    encoded = _encoded(definition)
    if len(encoded) > DEFINITION_BYTES:
        return f"tool `{name}` has a definition of {len(encoded)} bytes, over {DEFINITION_BYTES}"
    headers = mirrored(definition)
    if isinstance(headers, Deny):
        return f"tool `{name}` has an `x-mcp-header` that cannot be used: {headers.detail or headers.reason.public}"
    return Tool(server=server, name=name, digest=sha256(encoded).hexdigest(), definition=definition, mirrored=headers)


def _flaw(definition: Any, names: Counter[str]) -> str:
    """Say what makes the definition unusable whatever its size; empty when nothing does."""
    if not isinstance(definition, dict):
        return "a tool's definition is no object"
    name = _name(definition)
    if _NAME.fullmatch(name) is None:
        return f"a tool's name is not 1 to 128 characters of A-Z a-z 0-9 _ . -: {_shown(definition.get('name'))}"
    if names[name] > 1:
        return f"tool `{name}` is listed {names[name]} times: nobody can tell which one would be called"
    if not isinstance(definition.get("inputSchema"), dict):
        return f"tool `{name}` has no `inputSchema` that is an object"
    return ""


def _name(definition: Any) -> str:
    name = definition.get("name") if isinstance(definition, dict) else None
    return name if isinstance(name, str) else ""


def _shown(name: object) -> str:
    return f"`{ascii(name)[:64]}`"


def _compared(before: Mapping[str, str], after: Mapping[str, str]) -> Change:
    return Change(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(name for name in before.keys() & after.keys() if before[name] != after[name])),
    )
