from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from yett.state.concurrency import Caps, Concurrency


def test_a_caller_and_a_server_have_a_cap_each():
    running = Concurrency(Caps(caller=1, server=2))
    assert running.enter("a", "s") == ""
    assert running.enter("a", "s") == "concurrency: 1 calls of one caller at once"
    assert running.enter("a", "t") == ""
    assert running.enter("b", "s") == ""
    assert running.enter("c", "s") == "concurrency: 2 calls to one server at once"
    running.leave("a", "s")
    assert running.enter("c", "s") == ""


def test_streams_take_no_places_of_calls_and_have_a_cap_of_their_own():
    running = Concurrency(Caps(caller=1, server=2))
    assert running.enter("a", "s", stream=True) == ""
    assert running.enter("a", "s", stream=True) == "concurrency: 1 streams of one caller at once"
    assert running.enter("a", "s") == ""
    assert running.enter("b", "s", stream=True) == ""
    assert running.enter("c", "s", stream=True) == "concurrency: 2 streams to one server at once"
    running.leave("a", "s")
    assert running.enter("a", "s", stream=True) != ""
    running.leave("a", "s", stream=True)
    assert running.enter("a", "s", stream=True) == ""


def test_what_never_entered_cannot_leave():
    running = Concurrency(Caps(caller=1, server=1))
    running.leave("a", "s")
    assert running.enter("a", "s") == ""
    running.leave("b", "s")
    assert running.enter("b", "s") != ""


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 2)), max_size=200))
def test_counts_are_those_of_a_plain_list(steps):
    running = Concurrency(Caps(caller=2, server=4))
    inside: list[tuple[int, str]] = []
    for entering, caller, number in steps:
        server = f"s{number}"
        if entering:
            full = inside.count((caller, server)) >= 2 or sum(s == server for _, s in inside) >= 4
            assert bool(running.enter(caller, server)) is full
            if not full:
                inside.append((caller, server))
        elif (caller, server) in inside:
            inside.remove((caller, server))
            running.leave(caller, server)
    assert len(running) == len(inside)
    for caller, server in inside:
        running.leave(caller, server)
    assert (running._callers, running._servers) == ({}, {})
