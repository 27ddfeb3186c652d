"""Effort: bounds on interpreting one function, one file and one target, counted in steps and never in seconds."""

from __future__ import annotations

from collections import Counter
from typing import Final

from yett.auditor.analysis import ir

# A step is a statement, a variable that a branch copies, a call, a flow or a part of an answer that a call takes over.
# Steps are the same on every machine, so that the findings are.
# 2,000,000 for a target, and 1,000 more for each of its functions.
MOST_STEPS: Final = 2_000_000
STEPS_OF_A_FUNCTION: Final = 1_000
# For one file, in all rounds together.
MOST_STEPS_OF_A_FILE: Final = 2_000_000
# For one run over one function.
MOST_STEPS_OF_A_RUN: Final = 100_000


class Effort:
    """What is left to spend on one target, and what was given up."""

    __slots__ = ("_before", "_function", "_left", "_spent", "given_up", "left", "over")

    def __init__(self, functions: int) -> None:
        self.left = MOST_STEPS + STEPS_OF_A_FUNCTION * functions
        # The run has spent what it had: what is left of its function is not interpreted.
        self.over = False
        # Where something was given up: (file, line) and why.
        self.given_up: dict[tuple[ir.Module, int], str] = {}
        self._spent: Counter[str] = Counter()
        self._function: ir.Function | None = None
        self._before = self._left = 0

    def begin(self, function: ir.Function) -> bool:
        """A run over a function; False when nothing is left for it."""
        module = function.module
        if module is None or self.left <= 0:
            return False
        rest = MOST_STEPS_OF_A_FILE - self._spent[module.path]
        if rest <= 0:
            self.given_up.setdefault((module, 1), "the file takes more work than one file is given")
            return False
        self._function = function
        self._before = self._left = min(MOST_STEPS_OF_A_RUN, rest, self.left)
        self.over = False
        return True

    def spend(self, steps: int = 1) -> None:
        """So many steps more."""
        self._left -= steps
        if self._left < 0:
            self.over = True

    def end(self) -> None:
        """The run is over; what it was too long for is noted."""
        function = self._function
        if function is None or function.module is None:
            return
        spent = self._before - self._left
        self.left -= spent
        self._spent[function.module.path] += spent
        if self.over:
            named = "the file's top level" if function.name == "<module>" else f"`{function.qualified}`"
            why = f"{named} takes more work than one function is given"
            self.given_up.setdefault((function.module, function.line), why)
        self._function = None
