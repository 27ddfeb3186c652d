"""When a record was made: wall time as RFC 3339 in UTC, and monotonic nanoseconds beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Stamp:
    """Reads both clocks. The text of a second is made once: formatting it each time would cost more than hashing."""

    __slots__ = ("_clock", "_second", "_text", "monotonic")

    def __init__(
        self, clock: Callable[[], float] = time.time, monotonic: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self.monotonic = monotonic
        self._clock = clock
        self._second = -1
        self._text = ""

    def at(self) -> str:
        """Now, as `2026-11-23T12:01:09.123456Z`: always 27 characters, so that it sorts as text."""
        now = self._clock()
        second = int(now)
        if second != self._second:
            self._turn(second)
        # A leading one keeps the zeros, at half the cost of a padded format.
        return f"{self._text}{str(1_000_000 + int((now - second) * 1_000_000))[1:]}Z"

    def fields(self) -> str:
        """Now, as the two members of JSON that every record has: `"at":"<text>","mono":<nanoseconds>`."""
        now = self._clock()
        second = int(now)
        if second != self._second:
            self._turn(second)
        micro = str(1_000_000 + int((now - second) * 1_000_000))[1:]  # as above
        return f'"at":"{self._text}{micro}Z","mono":{self.monotonic()}'

    def _turn(self, second: int) -> None:
        self._text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.")
        self._second = second
