"""A file that is followed while it changes under us: looked at twice a second, read when it may be another one."""

from __future__ import annotations

import time
from typing import Final, Protocol

from yett.identity.owner_file import Mark, Snapshot

LOOK_SECONDS: Final = 0.5
"""Between looks at the file: an edit or a revocation holds within a second."""

SETTLED_NS: Final = 2 * 10**9
"""A file changed less than this before it was read may change again without showing it: file clocks are coarse."""


class Readable(Protocol):
    """A file of identity's."""

    def mark(self) -> Mark | None:
        """What it looks like from outside; `None` when it is gone."""
        ...

    def snapshot(self) -> Snapshot:
        """Its bytes, after checking that nobody else can read or write them."""
        ...


class Watched:
    """Knows what was read last; `content` is `None` until something was kept."""

    def __init__(self, file: Readable) -> None:
        self.content: bytes | None = None
        self.same = False
        """At the last look it was, from outside, the file that was kept."""
        self._file = file
        self._mark: Mark | None = None
        self._settled = False
        self._next_look = 0.0

    def due(self, tick: float) -> bool:
        """Whether it is time to look again; `tick` is monotonic."""
        return tick >= self._next_look

    def look(self, tick: float) -> Snapshot | None:
        """The file as it is now, or `None` where it is surely the one that was kept. Raises `StoreError`."""
        self._next_look = tick + LOOK_SECONDS
        self.same = False
        mark = self._file.mark()
        self.same = mark is not None and mark == self._mark
        return None if self.same and self._settled else self._file.snapshot()

    def keep(self, snapshot: Snapshot) -> None:
        """Remember what was read and could be used."""
        self._mark, self.content = snapshot.mark, snapshot.content
        self._settled = snapshot.mark is not None and time.time_ns() - snapshot.mark.modified > SETTLED_NS

    def forget(self) -> None:
        """Read it again at every look, until it can be used."""
        self._mark = self.content = None
