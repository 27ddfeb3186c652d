from __future__ import annotations

import pytest
from yardstick import rounds


def test_measures_come_in_turn_and_every_second_round_goes_backwards() -> None:
    order: list[str] = []

    def measure(name: str) -> int:
        order.append(name)
        return len(order)

    found = rounds.in_turn({name: lambda name=name: measure(name) for name in "abc"}, 3)
    assert "".join(order) == "abccbaabc"
    assert found == {"a": [1, 6, 7], "b": [2, 5, 8], "c": [3, 4, 9]}


def test_the_median_ignores_one_bad_round() -> None:
    assert rounds.median([3.0, 900.0, 2.0]) == 3.0
    assert rounds.median([1.0, 3.0]) == 2.0


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (99, 99), (100, 100), (1, 1), (0.1, 1)])
def test_a_percentile_is_a_value_that_occurred(percent: float, expected: int) -> None:
    assert rounds.percentile(list(range(100, 0, -1)), percent) == expected


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        rounds.percentile([], 50)
