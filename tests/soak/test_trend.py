from __future__ import annotations

import random

import pytest
from steady.trend import Allowance, trend

HOURS = [number / 360 for number in range(360)]


def noisy(level: float, slope: float, noise: float) -> list[float]:
    chance = random.Random(3)
    return [level + slope * hour + chance.gauss(0, noise) for hour in HOURS]


def test_noise_does_not_grow() -> None:
    found = trend(HOURS, noisy(100, 0, 5), Allowance(0.0))
    assert not found.grows
    assert found.low < 0 < found.high


def test_a_leak_below_the_noise_is_seen() -> None:
    found = trend(HOURS, noisy(100, 5, 2), Allowance(3.0))
    assert found.grows
    assert 4 < found.slope < 6
    assert found.low < found.slope < found.high


def test_growth_within_the_allowance_is_allowed() -> None:
    assert not trend(HOURS, noisy(100, 2, 0.1), Allowance(3.0)).grows
    assert trend(HOURS, noisy(100, 2, 0.1), Allowance(1.0, 0.005)).grows


def test_a_few_wild_samples_change_nothing() -> None:
    values = noisy(100, 0, 1)
    values[-20:] = [900.0] * 20
    assert not trend(HOURS, values, Allowance(3.0)).grows


def test_one_thing_more_every_few_minutes_is_a_leak() -> None:
    found = trend(HOURS, [20 + number // 60 for number in range(360)], Allowance(3.0))
    assert found.grows
    assert (found.first, found.last) == (20, 25)


def test_many_samples_are_drawn_together_and_say_the_same() -> None:
    hours = [number / 3600 for number in range(3600)]
    assert trend(hours, [10 * hour for hour in hours], Allowance(3.0)).slope == pytest.approx(10)


def test_too_few_samples_say_nothing() -> None:
    with pytest.raises(ValueError, match="7 samples"):
        trend(HOURS[:7], [0.0] * 7, Allowance(0.0))
