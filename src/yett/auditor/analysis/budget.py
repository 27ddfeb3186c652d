"""Bounds on lowering one file: how deep, how many nodes. A stranger sizes the file; these size the work."""

from __future__ import annotations

from typing import Final

# 90 levels of expressions and blocks: the deepest in 1.2 million lines of published servers that is not a bundle is 41.
# A level costs at most four frames here and the interpreter below another four: 720 of CPython's default 1,000.
DEEPEST: Final = 90
# 1,500,000 nodes: some 200,000 lines in one file; 10 MB of code has about that many.
MOST_NODES: Final = 1_500_000


class TooLarge(Exception):
    """The file has more nodes than we lower; it becomes a Skipped."""


class Budget:
    """What is left to spend on one file, and where something was cut."""

    __slots__ = ("cut", "depth", "nodes")

    def __init__(self) -> None:
        self.depth = 0
        self.nodes = MOST_NODES
        self.cut: list[tuple[int, str]] = []

    def spend(self) -> None:
        """One node more."""
        self.nodes -= 1
        if self.nodes < 0:
            raise TooLarge

    def deeper(self, line: int) -> bool:
        """Go one level down; False when that is too deep, which is noted once a file."""
        if self.depth >= DEEPEST:
            if not self.cut:
                self.cut.append((line, f"nested deeper than {DEEPEST} levels"))
            return False
        self.depth += 1
        return True
