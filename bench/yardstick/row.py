"""One result: what was measured, what it was to be, and whether it is."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the results. Without a `goal`, it is for information.

    `value` is what the goal bounds, in its unit; `numbers` holds everything it was made from.
    """

    group: str
    what: str
    measured: str
    ratio: float | None = None
    """To what it is compared with; the reason for measuring both in one run."""
    value: float | None = None
    goal: float | None = None
    unit: str = ""
    least: bool = False
    """The goal is to be reached, not to be stayed under."""
    numbers: dict[str, float] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; `None` where there is none."""
        if self.goal is None or self.value is None:
            return None
        return self.value >= self.goal if self.least else self.value <= self.goal

    @property
    def wanted(self) -> str:
        """The goal in words."""
        if self.goal is None:
            return ""
        return f"{'≥' if self.least else '≤'} {self.goal:g}{self.unit}"

    @property
    def verdict(self) -> str:
        """`yes`, `no`, or nothing where there is no goal."""
        return {True: "yes", False: "**no**", None: ""}[self.met]


def compared(group: str, what: str, *, mine: float, theirs: float, unit: str, goal: float | None = None) -> Row:
    """A row about a quotient: the gateway's figure beside that of what it is compared with, in the same unit."""
    ratio = mine / theirs
    return Row(
        group=group,
        what=what,
        measured=f"{shown(mine)} {unit} beside {shown(theirs)} {unit}",
        ratio=ratio,
        value=ratio,
        goal=goal,
        unit="x",
        numbers={"yett": mine, "beside": theirs},
    )


def bounded(group: str, what: str, *, value: float, goal: float | None, unit: str, remark: str = "") -> Row:
    """A row about an amount."""
    measured = f"{shown(value)}{unit}" + (f" ({remark})" if remark else "")
    return Row(group=group, what=what, measured=measured, value=value, goal=goal, unit=unit, numbers={"value": value})


def shown(value: float) -> str:
    """Three digits that mean something."""
    if abs(value) >= 100:  # noqa: PLR2004 - from here on no decimals are left
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"  # noqa: PLR2004 - three digits
