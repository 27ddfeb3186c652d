"""Whether a series grows: a robust slope with its confidence limits, and how much growth is allowed.

The slope is Theil and Sen's: the median of the slopes between all pairs of points. A few wild points change nothing.
Its limits are Sen's (1968, after Kendall). Points that follow each other closely are not independent, which makes the
limits too narrow; so a series only counts as growing when it also grew by more than an allowance.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

POINTS: Final = 200
"""More are drawn together: all pairs are looked at."""
_Z: Final = 1.96
"""95% on both sides."""
_LEAST: Final = 8


@dataclass(frozen=True)
class Allowance:
    """What a series may grow over the whole time it is looked at: so much, and so large a share of its beginning."""

    more: float
    share: float = 0.0


@dataclass(frozen=True)
class Trend:
    """A series. `slope`, `low` and `high` are per hour; `grown` is what the slope makes over the series."""

    first: float
    last: float
    slope: float
    low: float
    high: float
    grown: float
    allowed: float

    @property
    def grows(self) -> bool:
        """Surely, and by more than is allowed."""
        return self.low > 0 and self.grown > self.allowed


def trend(hours: Sequence[float], values: Sequence[float], allowance: Allowance) -> Trend:
    """Judge a series of values over times in hours. Raises `ValueError` for one that is too short to tell."""
    if len(hours) < _LEAST:
        raise ValueError(f"{len(hours)} samples say nothing: {_LEAST} are the least")
    times, levels = _drawn_together(hours), _drawn_together(values)
    pairs = combinations(zip(times, levels, strict=True), 2)
    slopes = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in pairs)
    slope = statistics.median(slopes)
    low, high = _limits(slopes, len(times))
    tenth = max(1, len(values) // 10)
    first, last = statistics.median(values[:tenth]), statistics.median(values[-tenth:])
    allowed = allowance.more + allowance.share * first
    return Trend(first, last, slope, low, high, slope * (times[-1] - times[0]), allowed)


def _drawn_together(values: Sequence[float]) -> list[float]:
    size = math.ceil(len(values) / POINTS)
    return [statistics.fmean(values[at : at + size]) for at in range(0, len(values), size)]


def _limits(slopes: Sequence[float], points: int) -> tuple[float, float]:
    spread = _Z * math.sqrt(points * (points - 1) * (2 * points + 5) / 18)
    low = max(0, math.floor((len(slopes) - spread) / 2))
    high = min(len(slopes) - 1, math.ceil((len(slopes) + spread) / 2))
    return slopes[low], slopes[high]
