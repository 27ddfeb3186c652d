"""What something costs the gateway: its processor time, which a busy machine does not stretch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from siege.castle import Castle


class Effort:
    """Processor time of the gateway's process within `with`, in seconds, to a hundredth."""

    def __init__(self, castle: Castle) -> None:
        self.seconds = 0.0
        self._castle = castle

    def __enter__(self) -> Self:
        self._before = _spent(self._castle)
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = _spent(self._castle) - self._before

    def beyond(self, most: float, what: str) -> list[str]:
        """A complaint, where it was more."""
        return [f"{what} took {self.seconds:.2f} s of the processor"] if self.seconds > most else []


def _spent(castle: Castle) -> float:
    fields = Path(f"/proc/{castle.gateway.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
