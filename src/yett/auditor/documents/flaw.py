"""Flaw: why a document cannot be read, and where."""

from __future__ import annotations

from typing import NamedTuple


class Flaw(NamedTuple):
    """What stands in the way, in words without a full stop, and its line (from 1; 0: the whole file)."""

    says: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.says}, line {self.line}" if self.line else self.says
