"""The generic cell rate algorithm over a bounded table: one number per key, constant work per hit.

ITU-T I.371, Annex A: a key's *theoretical arrival time* says when it would have been served, had all its hits been
evenly spaced. All times here are whole nanoseconds of a monotonic clock, so that rounding never grants a hit too many.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from msgspec import Struct

SECOND: Final = 1_000_000_000
"""In nanoseconds."""


class Rate(Struct, frozen=True, kw_only=True):
    """`count` hits in `seconds`, of which `burst` may come at once (0: as many as `count`)."""

    count: int
    seconds: float
    burst: int = 0

    def __post_init__(self) -> None:
        if self.count < 1 or self.seconds <= 0 or self.burst < 0:
            raise ValueError("a rate needs a positive count and a positive time")

    @property
    def interval(self) -> int:
        """Nanoseconds between evenly spaced hits, rounded up."""
        return max(1, -int(-self.seconds * SECOND // self.count))

    @property
    def tolerance(self) -> int:
        """Nanoseconds by which hits may run ahead of even spacing."""
        return ((self.burst or self.count) - 1) * self.interval

    def __str__(self) -> str:
        return f"{self.count} in {self.seconds:g} s"


class Gcra:
    """One limit for many keys. Keys are tuples: two identities can never be glued into one text.

    The table holds `capacity` keys. Evicting one remembers how far ahead it was, and every new key starts there: so a
    key that was evicted and comes back is never granted more than its burst.
    """

    def __init__(self, rate: Rate, *, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self._due: OrderedDict[Hashable, int] = OrderedDict()
        self._floor = 0
        self.rate = rate

    @property
    def rate(self) -> Rate:
        """The rate. A new one holds from the next hit on; nobody's past is forgotten."""
        return self._rate

    @rate.setter
    def rate(self, rate: Rate) -> None:
        self._rate = rate
        self._interval = rate.interval
        self._tolerance = rate.tolerance

    def __len__(self) -> int:
        return len(self._due)

    def wait(self, key: Hashable, now: int) -> int:
        """Nanoseconds until `key` may hit once more; 0 or less: now. Counts nothing."""
        due = self._due.get(key, self._floor)
        return due - now - self._tolerance

    def take(self, key: Hashable, now: int) -> None:
        """Count one hit of `key`."""
        self._due[key] = max(now, self._due.get(key, self._floor)) + self._interval
        self._due.move_to_end(key)
        self._bound()

    def hit(self, key: Hashable, now: int) -> int:
        """`wait()`, and `take()` where that lets it, in one: every request comes by twice."""
        known = self._due
        due = known.get(key, self._floor)
        wait = due - now - self._tolerance
        if wait <= 0:
            known[key] = max(now, due) + self._interval
            known.move_to_end(key)
            if len(known) > self._capacity:
                self._bound()
        return wait

    def _bound(self) -> None:
        if len(self._due) > self._capacity:
            _, evicted = self._due.popitem(last=False)
            self._floor = max(self._floor, evicted)
