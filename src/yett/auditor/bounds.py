"""Bounds: how much of a target is read at most. A budget is spent while reading, and says why it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from yett.auditor.gather import LARGEST_FILE


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """The named limits of reading one target.

    20,000 files and 300 MB: the largest source tree of a server we read has 6,000 files and 60 MB. A folder 40 levels
    deep was not laid out by a person.
    """

    files: int = 20_000
    bytes: int = 300_000_000
    one_file: int = LARGEST_FILE
    depth: int = 40
    entries: int = 200_000
    seconds: float = 120.0


class Budget:
    """What is left of the bounds of one target. `clock` answers seconds."""

    def __init__(self, bounds: Bounds, clock: Callable[[], float]) -> None:
        self.bounds = bounds
        self._clock = clock
        self._until = clock() + bounds.seconds
        self._files = bounds.files
        self._bytes = bounds.bytes
        self._entries = bounds.entries

    def refusal(self, size: int) -> str:
        """Why a file of this size may not be read any more; empty when it may."""
        if size > self.bounds.one_file:
            return f"larger than {self.bounds.one_file} bytes"
        if self._files <= 0:
            return f"more than {self.bounds.files} files"
        if size > self._bytes:
            return f"more than {self.bounds.bytes} bytes in all"
        return self.out_of_time()

    def out_of_time(self) -> str:
        """Why reading ends now; empty while there is time."""
        return f"reading took more than {self.bounds.seconds:.0f} seconds" if self._clock() > self._until else ""

    def spend(self, size: int) -> None:
        """A file of this size was read."""
        self._files -= 1
        self._bytes -= size

    def see(self) -> str:
        """Count one entry of a folder or archive; answers why no further one may be looked at."""
        self._entries -= 1
        return f"more than {self.bounds.entries} entries" if self._entries < 0 else self.out_of_time()
