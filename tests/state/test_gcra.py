from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yett.state.gcra import SECOND, Gcra, Rate

RATES = st.builds(
    Rate,
    count=st.integers(1, 50),
    seconds=st.sampled_from([0.001, 0.3, 1.0, 7.0, 60.0]),
    burst=st.integers(0, 20),
)


def hit(table: Gcra, key: object, now: int) -> bool:
    if table.wait(key, now) > 0:
        return False
    table.take(key, now)
    return True


@settings(deadline=None)
@given(RATES, st.lists(st.integers(0, 2 * SECOND), max_size=200))
def test_no_window_grants_more_than_burst_and_rate(rate, pauses):
    table = Gcra(rate)
    now, granted = 10**15, []
    for pause in pauses:
        now += pause
        if hit(table, "k", now):
            granted.append(now)
    burst = rate.burst or rate.count
    for first in range(len(granted)):
        for last in range(first, len(granted)):
            seconds = (granted[last] - granted[first]) / SECOND
            assert last - first + 1 <= burst + seconds * rate.count / rate.seconds + 1e-6


@settings(deadline=None)
@given(RATES, st.lists(st.tuples(st.integers(0, 5), st.integers(0, SECOND)), max_size=200))
def test_eviction_never_grants_more_than_burst(rate, hits):
    """The same bound with a table of two keys and six callers that push each other out."""
    table = Gcra(rate, capacity=2)
    now, granted = 10**15, {}
    for key, pause in hits:
        now += pause
        if hit(table, key, now):
            granted.setdefault(key, []).append(now)
    burst = rate.burst or rate.count
    for times in granted.values():
        for first in range(len(times)):
            seconds = (times[-1] - times[first]) / SECOND
            assert len(times) - first <= burst + seconds * rate.count / rate.seconds + 1e-6


def test_a_burst_and_not_one_more():
    table = Gcra(Rate(count=3, seconds=60))
    assert [hit(table, "k", 0) for _ in range(4)] == [True, True, True, False]
    assert table.wait("k", 0) == 20 * SECOND
    assert hit(table, "k", 20 * SECOND)
    assert not hit(table, "k", 20 * SECOND)


def test_keys_do_not_share():
    table = Gcra(Rate(count=1, seconds=1))
    assert hit(table, ("a", "b:c"), 0)
    assert hit(table, ("a:b", "c"), 0)
    assert not hit(table, ("a", "b:c"), 0)


def test_the_table_is_bounded():
    table = Gcra(Rate(count=1, seconds=0.001), capacity=100)
    for number in range(10_000):
        hit(table, number, number * SECOND)
    assert len(table) == 100


def test_a_key_in_use_outlives_a_flood_of_others():
    table = Gcra(Rate(count=2, seconds=3600), capacity=10)
    assert hit(table, "mine", 1)
    for number in range(9):
        hit(table, number, 2)
    assert hit(table, "mine", 3)
    assert not hit(table, "mine", 4)


def test_idle_evictions_cost_new_keys_nothing():
    table = Gcra(Rate(count=1, seconds=1), capacity=1)
    assert hit(table, "a", 0)
    assert hit(table, "b", 5 * SECOND)
    assert hit(table, "c", 10 * SECOND)


@pytest.mark.parametrize(
    "wrong", [{"count": 0, "seconds": 1}, {"count": 1, "seconds": 0}, {"count": 1, "seconds": 1, "burst": -1}]
)
def test_a_rate_of_nothing_is_an_error(wrong):
    with pytest.raises(ValueError, match="positive"):
        Rate(**wrong)


def test_an_interval_is_never_rounded_down():
    assert Rate(count=3, seconds=1).interval == 333_333_334
    assert str(Rate(count=600, seconds=60)) == "600 in 60 s"


def test_a_new_rate_forgives_nobody():
    table = Gcra(Rate(count=1, seconds=60))
    assert hit(table, "k", 0)
    table.rate = Rate(count=2, seconds=60, burst=1)
    assert not hit(table, "k", 30 * SECOND)


def test_to_hit_is_to_wait_and_to_take_in_one() -> None:
    rate = Rate(count=3, seconds=60)
    one, two = Gcra(rate), Gcra(rate)
    for now in (0, 0, 0, 0, 5 * SECOND, 19 * SECOND, 21 * SECOND, 80 * SECOND):
        waited = two.wait("k", now)
        if waited <= 0:
            two.take("k", now)
        assert one.hit("k", now) == waited
