"""How many calls run at the same time, per caller and server and per server in all."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from msgspec import Struct

RETRY_SECONDS: Final = 1.0
"""Nobody knows when a running call ends; a second is soon enough and keeps a crowd from pressing."""


class Caps(Struct, frozen=True, kw_only=True):
    """The most calls at once: `caller` of one caller to one server, `server` of all callers to it.

    As many streams, which stay open for hours and are counted apart: they must not take the places of calls.
    """

    caller: int = 100
    server: int = 1_000


class Concurrency:
    """Counts of running calls. Entries at zero are dropped, so the tables hold no more than what runs."""

    def __init__(self, caps: Caps) -> None:
        self.caps = caps
        self._callers: dict[tuple[Hashable, str, bool], int] = {}
        self._servers: dict[tuple[str, bool], int] = {}

    def __len__(self) -> int:
        return sum(self._servers.values())

    def enter(self, caller: Hashable, server: str, *, stream: bool = False) -> str:
        """Count one more call (or stream) in; or name the cap that is reached, and count nothing."""
        what = "streams" if stream else "calls"
        caps, callers, servers = self.caps, self._callers, self._servers
        key, place = (caller, server, stream), (server, stream)
        mine = callers.get(key, 0)
        if mine >= caps.caller:
            return f"concurrency: {caps.caller} {what} of one caller at once"
        of_all = servers.get(place, 0)
        if of_all >= caps.server:
            return f"concurrency: {caps.server} {what} to one server at once"
        callers[key] = mine + 1
        servers[place] = of_all + 1
        return ""

    def leave(self, caller: Hashable, server: str, *, stream: bool = False) -> None:
        """Count one out. What never entered is not counted."""
        callers, servers = self._callers, self._servers
        key, place = (caller, server, stream), (server, stream)
        mine = callers.pop(key, 0)
        if not mine:
            return
        if mine > 1:
            callers[key] = mine - 1
        of_all = servers.pop(place)
        if of_all > 1:
            servers[place] = of_all - 1
