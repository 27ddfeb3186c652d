from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.verdict import Deny
from yett.errors import UpstreamProtocolError
from yett.protocol.event_ids import EVENT_IDS, EVENT_UNKNOWN, EventIds


def test_the_client_sees_ids_of_ours_and_the_server_gets_its_own_back():
    events = EventIds("salt")
    first, second = events.ours("upstream-session-1_0"), events.ours("7")
    assert (first, second) == ("salt-1", "salt-2")
    assert (events.theirs(first), events.theirs(second)) == ("upstream-session-1_0", "7")
    assert events.check(first) is None


@pytest.mark.parametrize("guess", ["7", "salt-2", "salt-0", "salt--1", "other-1", "", "x" * 100_000])
def test_ids_that_were_not_given_here_are_refused(guess):
    events = EventIds("salt")
    events.ours("7")
    assert events.theirs(guess) is None
    assert events.check(guess) == Deny(reason=EVENT_UNKNOWN)


@pytest.mark.parametrize("theirs", ["x" * 257, "a\r\nb", "a\0b", "é", " a", "a ", "a\u2028b"])
def test_event_ids_that_no_header_can_carry_break_the_stream(theirs):
    with pytest.raises(UpstreamProtocolError):
        EventIds("salt").ours(theirs)


def test_only_the_latest_ids_are_kept():
    events = EventIds("salt")
    given_out = [events.ours(str(n)) for n in range(EVENT_IDS + 5)]
    assert [events.theirs(ours) for ours in given_out[:6]] == [None] * 5 + ["5"]
    assert events.theirs(given_out[-1]) == str(EVENT_IDS + 4)


@given(
    st.lists(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=30), max_size=30)
)
def test_every_id_leads_back_to_its_own_event(all_theirs):
    events = EventIds("salt")
    pairs = [(events.ours(theirs), theirs) for theirs in all_theirs]
    assert len({ours for ours, _ in pairs}) == len(pairs)
    assert [(ours, events.theirs(ours)) for ours, _ in pairs] == pairs
