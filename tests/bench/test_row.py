from __future__ import annotations

import pytest
from yardstick.row import Row, bounded, compared, shown


def test_a_quotient_is_met_up_to_its_goal() -> None:
    row = compared("g", "w", mine=32.0, theirs=16.0, unit="µs", goal=2.0)
    assert (row.ratio, row.met, row.measured, row.wanted) == (2.0, True, "32.0 µs beside 16.0 µs", "≤ 2x")


def test_a_goal_that_is_missed_says_so() -> None:
    row = compared("g", "w", mine=33.0, theirs=16.0, unit="µs", goal=2.0)
    assert (row.met, row.verdict) == (False, "**no**")


def test_a_least_goal_is_met_from_its_goal_on() -> None:
    rows = [Row(group="g", what="w", measured="", value=value, goal=500, least=True, unit="x") for value in (499, 500)]
    assert [row.met for row in rows] == [False, True]
    assert rows[0].wanted == "≥ 500x"


def test_without_a_goal_nothing_is_met_or_missed() -> None:
    row = bounded("g", "w", value=3.0, goal=None, unit=" ms")
    assert (row.met, row.verdict, row.wanted) == (None, "", "")


@pytest.mark.parametrize(
    ("value", "text"), [(12345.6, "12,346"), (123.4, "123"), (99.96, "100.0"), (12.34, "12.3"), (1.234, "1.23")]
)
def test_three_digits_are_shown(value: float, text: str) -> None:
    assert shown(value) == text
