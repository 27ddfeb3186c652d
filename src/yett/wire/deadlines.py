"""Many deadlines, one timer: a timer per request would cost more than reading its head."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Final, Protocol

NEVER: Final = math.inf
_COARSEST: Final = 1.0
_FINEST: Final = 0.01


class Timed(Protocol):
    """Something that must not take longer than its `deadline` (event-loop time)."""

    deadline: float

    def expire(self) -> None:
        """Called once the deadline has passed. It must move the deadline, or leave the watch."""
        ...


class Watch:
    """Looks after its members while there are any.

    `shortest` tells the shortest time that any member is given; an eighth of it, at most a second, is how late a
    deadline may be noticed.
    """

    def __init__(self, shortest: Callable[[], float]) -> None:
        self.members: set[Timed] = set()
        self.discard = self.members.discard
        """Watch a member no longer."""
        self._shortest = shortest
        self._timer: asyncio.TimerHandle | None = None

    def add(self, member: Timed) -> None:
        """Watch one more."""
        self.members.add(member)
        if self._timer is None:
            self._schedule(asyncio.get_running_loop())

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        period = min(_COARSEST, max(_FINEST, self._shortest() / 8))
        self._timer = loop.call_later(period, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for late in [member for member in self.members if member.deadline <= now]:
            late.expire()
        if self.members:
            self._schedule(loop)
