"""How many calls run at the same time, per caller and server and per server in all."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from msgspec import Struct

RETRY_SECONDS: Final = 1.0
"""Nobody knows when a running call ends; a second is soon enough and keeps a crowd from pressing."""


class Caps(Struct, frozen=True, kw_only=True):
    """The most calls at once: `caller` of one caller to one server, `server` of all callers to it."""

    caller: int = 100
    server: int = 1_000


class Concurrency:
    """Counts of running calls. Entries at zero are dropped, so the tables hold no more than what runs."""

    def __init__(self, caps: Caps) -> None:
        self.caps = caps
        self._callers: dict[tuple[Hashable, str], int] = {}
        self._servers: dict[str, int] = {}

    def __len__(self) -> int:
        return sum(self._servers.values())

    def enter(self, caller: Hashable, server: str) -> str:
        """Count one more call in; or name the cap that is reached, and count nothing."""
        mine = self._callers.get((caller, server), 0)
        if mine >= self.caps.caller:
            return f"concurrency: {self.caps.caller} calls of one caller at once"
        all_calls = self._servers.get(server, 0)
        if all_calls >= self.caps.server:
            return f"concurrency: {self.caps.server} calls to one server at once"
        self._callers[caller, server] = mine + 1
        self._servers[server] = all_calls + 1
        return ""

    def leave(self, caller: Hashable, server: str) -> None:
        """Count one call out. What never entered is not counted."""
        mine = self._callers.get((caller, server), 0)
        if not mine:
            return
        if mine == 1:
            del self._callers[caller, server]
        else:
            self._callers[caller, server] = mine - 1
        self._servers[server] -= 1
        if not self._servers[server]:
            del self._servers[server]
