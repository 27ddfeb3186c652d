"""What was seen while a fault lasted, and what did not hold."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from storm.caller import Answer


class Notes:
    """Sentences. `slack` is a factor on what may take time: ordinary tests run on machines that do other things."""

    def __init__(self, slack: float) -> None:
        self.slack = slack
        self.problems: list[str] = []
        self.measured: list[str] = []

    def expect(self, holds: object, otherwise: str) -> None:
        """Note what did not hold."""
        if not holds:
            self.problems.append(otherwise)

    def measure(self, text: str) -> None:
        """Note what was seen."""
        self.measured.append(text)

    def within(self, what: str, seconds: Sequence[float] | float, most: float) -> None:
        """Measure times and expect the worst of them within a bound."""
        times = [seconds] if isinstance(seconds, int | float) else list(seconds)
        if not times:
            self.expect(False, f"{what}: nothing was measured")
            return
        shown = f"{what} {span(max(times))}"
        if len(times) > 1:
            shown = f"{what} {span(statistics.median(times))} (most {span(max(times))})"
        self.measure(shown)
        self.expect(max(times) <= most * self.slack, f"{what}: {span(max(times))}, more than {span(most * self.slack)}")

    def no_failures(self, answers: Sequence[Answer]) -> None:
        """Expect that everything that should succeed did."""
        failed = [one for one in answers if one.fate != "success" and one.tool != "secret" and one.who != "mallory"]
        self.measure(f"{len(answers)} calls, {len(failed)} failed")
        self.expect(not failed, f"{len(failed)} calls failed, the first: {failed and (failed[0].fate, failed[0].why)}")


def span(seconds: float) -> str:
    """A time as people read it."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
