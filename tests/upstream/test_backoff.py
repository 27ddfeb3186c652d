from __future__ import annotations

import pytest

from yett.upstream.backoff import Backoff


def pauses(backoff, count, lived=0.0):
    found = []
    for _ in range(count):
        backoff.died(100.0, lived)
        found.append(backoff.remaining(100.0))
    return found


def test_pauses_double_up_to_the_bound():
    assert pauses(Backoff(lambda: 1.0), 9) == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_pauses_are_jittered_by_up_to_half():
    assert pauses(Backoff(lambda: 0.0), 3) == [0.25, 0.5, 1]


def test_a_long_life_forgives():
    backoff = Backoff(lambda: 1.0)
    pauses(backoff, 5)
    assert pauses(backoff, 1, lived=60.0) == [0.5]


def test_working_forgives():
    backoff = Backoff(lambda: 1.0)
    pauses(backoff, 5)
    backoff.well()
    assert pauses(backoff, 1) == [0.5]


@pytest.mark.parametrize(("now", "remaining"), [(100.0, 0.5), (100.25, 0.25), (100.5, 0.0), (1e9, 0.0)])
def test_pauses_pass(now, remaining):
    backoff = Backoff(lambda: 1.0)
    pauses(backoff, 1)
    assert backoff.remaining(now) == remaining


def test_a_new_backoff_waits_for_nothing():
    assert Backoff(lambda: 1.0).remaining(0.0) == 0.0


def test_a_server_that_dies_ten_thousand_times_overflows_nothing():
    assert pauses(Backoff(lambda: 1.0), 10_000)[-1] == 30.0
