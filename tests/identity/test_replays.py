from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yett.identity.replays import Replays


def test_a_proof_is_good_once_under_its_key():
    replays = Replays()
    assert [replays.first(key, "j", 160.0, 100.0) for key in ("a", "a", "b", "b")] == ["", "shown before"] * 2
    assert replays.first("a", "J", 160.0, 100.0) == ""


def test_key_and_id_cannot_be_cut_elsewhere():
    replays = Replays()
    assert replays.first("k", "a b", 160.0, 100.0) == ""
    assert replays.first("k" * 43, "b", 160.0, 100.0) == ""
    assert len(replays) == 2


def test_what_is_forgotten_could_not_be_used_anyway():
    replays = Replays()
    for now in range(100, 160):
        assert replays.first("a", "j", 160.0, float(now)) == ("" if now == 100 else "shown before")
    assert replays.first("a", "other", 260.0, 200.0) == ""
    assert len(replays) == 1


def test_full_means_refused_and_one_key_does_not_fill_it():
    replays = Replays(remembered=5, of_one_key=2)
    assert [bool(replays.first("a", str(number), 160.0, 100.0)) for number in range(4)] == [False, False, True, True]
    assert [bool(replays.first(key, "j", 160.0, 100.0)) for key in "bcde"] == [False, False, False, True]
    assert len(replays) == 5
    assert replays.first("a", "9", 260.0, 200.0) == ""
    assert len(replays) == 1


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(0, 90), st.integers(0, 20))))
def test_nothing_passes_twice_within_its_time_and_no_more_is_held_than_may_be(shown):
    replays, now, until = Replays(remembered=4), 0.0, {}
    for key, proof, life, step in shown:
        now += step
        again = replays.first(key, proof, now + life, now)
        assert not (again == "" and until.get((key, proof), -1.0) > now)
        if not again:
            until[key, proof] = now + life
        assert len(replays) <= 4
