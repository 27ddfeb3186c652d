"""Every seed, and whatever fuzzing finds, replayed; and the same promises kept for what Hypothesis makes up."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "fuzz"))

import promise
import targets

NAMES = sorted(targets.TARGETS)


@pytest.mark.parametrize("name", NAMES)
def test_the_corpus_breaks_no_promise(name) -> None:
    seeds = targets.corpus(name)
    assert len(seeds) >= 5
    for seed in seeds:
        targets.run(name, seed.read_bytes())


def mutated(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """A seed with something cut out, put in or exchanged, or two seeds grown together."""

    def cut(seed: bytes, begin: int, end: int, inside: bytes) -> bytes:
        first, last = sorted((begin % (len(seed) + 1), end % (len(seed) + 1)))
        return seed[:first] + inside + seed[last:]

    numbers = st.integers(0, 10_000)
    any_seed = st.sampled_from(seeds)
    one = st.builds(cut, any_seed, numbers, numbers, st.binary(max_size=8))
    two = st.builds(lambda a, b, at: a[: at % (len(a) + 1)] + b, any_seed, any_seed, numbers)
    return st.one_of(one, two, st.binary(max_size=300))


@pytest.mark.parametrize("name", NAMES)
def test_no_change_of_a_seed_breaks_a_promise(name) -> None:
    seeds = [seed.read_bytes() for seed in targets.corpus(name)]

    @settings(max_examples=300, deadline=None)
    @given(mutated(seeds))
    def check(given: bytes) -> None:
        targets.run(name, given)

    check()


def test_a_broken_promise_would_be_seen(monkeypatch) -> None:
    def forgetful(given: bytes) -> None:
        promise.wants(len(given) < 3, "more than two")

    monkeypatch.setitem(targets.TARGETS, "forgetful", forgetful)
    targets.run("forgetful", b"ab")
    with pytest.raises(promise.Broken, match="more than two"):
        targets.run("forgetful", b"abc")
