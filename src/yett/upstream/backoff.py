"""How long to leave a server alone that keeps dying: twice as long each time, up to a bound, with jitter."""

from __future__ import annotations

from collections.abc import Callable


class Backoff:
    """Counts deaths in a row. Time (monotonic, seconds) comes in; `random` gives numbers from 0 to 1."""

    def __init__(
        self, random: Callable[[], float], *, first: float = 0.5, most: float = 30.0, steady: float = 60.0
    ) -> None:
        self._random = random
        self._first = first
        self._most = most
        self._steady = steady
        self._deaths = 0
        self._until = 0.0

    def died(self, now: float, lived: float) -> None:
        """Note a death. One that comes after `steady` seconds of life begins a new count."""
        self._deaths = 1 if lived >= self._steady else self._deaths + 1
        pause = min(self._most, self._first * 2.0 ** min(self._deaths - 1, 32))
        self._until = now + pause * (0.5 + self._random() / 2)

    def well(self) -> None:
        """Note that the server works: the next death is the first again."""
        self._deaths = 0

    def remaining(self, now: float) -> float:
        """Return the seconds until the server may be started again; 0 when it may."""
        return max(0.0, self._until - now)
