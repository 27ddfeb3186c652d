from __future__ import annotations

import pytest

from yett.core.exchange import Principal
from yett.core.message import Reply, Request
from yett.core.verdict import Deny
from yett.errors import StoreError
from yett.protocol.session import OUT_OF_ORDER, Stage
from yett.state.sessions import REPLY_UNASKED, SESSIONS_FULL, Session, Sessions, owner_of

ALICE = ("", "alice")
BOB = ("", "bob")


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def seed(number: int) -> bytes:
    return number.to_bytes(24, "big")


def opened(sessions: Sessions, number: int, owner=ALICE, server="demo") -> Session:
    session = sessions.new(seed(number), owner, server)
    assert isinstance(session, Session)
    return session


def test_an_owner_is_issuer_and_subject_not_the_token():
    before = Principal(issuer="https://idp", subject="alice", credential="key-1")
    after = Principal(issuer="https://idp", subject="alice", credential="key-2")
    assert owner_of(before) == owner_of(after) == ("https://idp", "alice")


def test_a_session_starts_new_and_is_found_by_its_owner():
    sessions = Sessions(clock=Clock())
    session = opened(sessions, 1)
    assert (session.stage, session.owner, session.server, session.link) == (Stage.NEW, ALICE, "demo", None)
    assert sessions.find(session.id, ALICE, "demo") is session


@pytest.mark.parametrize(
    ("guess", "owner", "server"),
    [("guess", ALICE, "demo"), (None, BOB, "demo"), (None, ("evil", "alice"), "demo"), (None, ALICE, "other")],
)
def test_unknown_and_foreign_sessions_look_the_same(guess, owner, server):
    sessions = Sessions(clock=Clock())
    session = opened(sessions, 1)
    assert sessions.find(session.id if guess is None else guess, owner, server) is None


def test_an_id_differing_in_case_is_unknown():
    sessions = Sessions(clock=Clock())
    session = sessions.new(b"a" * 24, ALICE, "demo")
    assert isinstance(session, Session)
    assert sessions.find(session.id.swapcase(), ALICE, "demo") is None


def test_an_ended_session_is_not_found_again():
    sessions = Sessions(clock=Clock())
    session = opened(sessions, 1)
    sessions.end(session)
    sessions.end(session)
    assert sessions.find(session.id, ALICE, "demo") is None
    assert session.stage is Stage.ENDED
    assert len(sessions) == 0


def test_weak_or_repeating_randomness_is_an_error():
    sessions = Sessions(clock=Clock())
    with pytest.raises(StoreError, match="16 random bytes, not 15"):
        sessions.new(b"x" * 15, ALICE, "demo")
    opened(sessions, 1)
    with pytest.raises(StoreError, match="repeats itself"):
        sessions.new(seed(1), BOB, "demo")


def test_an_id_is_visible_ascii_of_all_its_bits():
    session = Sessions(clock=Clock()).new(bytes(range(232, 256)), ALICE, "demo")
    assert isinstance(session, Session)
    assert session.id == "6Onq6-zt7u_w8fLz9PX29_j5-vv8_f7_"


def test_a_session_does_not_show_its_id():
    session = opened(Sessions(clock=Clock()), 1)
    assert repr(session) == "Session('demo', new)"


def test_who_opens_too_many_loses_the_longest_quiet_one_and_nobody_else_does():
    clock = Clock()
    sessions = Sessions(per_owner=2, clock=clock)
    others, first, second = opened(sessions, 1, BOB), opened(sessions, 2), opened(sessions, 3)
    sessions.find(first.id, ALICE, "demo")
    third = opened(sessions, 4)
    assert [sessions.find(s.id, ALICE, "demo") for s in (first, second, third)] == [first, None, third]
    assert sessions.find(others.id, BOB, "demo") is others
    assert sessions.reap() == [second]
    assert sessions.reap() == []


def test_who_uses_all_sessions_gets_no_more():
    sessions = Sessions(per_owner=1, clock=Clock())
    with sessions.using(opened(sessions, 1)):
        refused = sessions.new(seed(2), ALICE, "demo")
    assert refused == Deny(reason=SESSIONS_FULL, detail="1 sessions of this caller are all in use")


def test_a_full_table_refuses_others():
    sessions = Sessions(total=1, clock=Clock())
    kept = opened(sessions, 1, BOB)
    assert sessions.new(seed(2), ALICE, "demo") == Deny(reason=SESSIONS_FULL, detail="the table holds 1 sessions")
    assert sessions.find(kept.id, BOB, "demo") is kept


def test_idle_sessions_are_reaped_and_busy_ones_are_not():
    clock = Clock()
    sessions = Sessions(idle_seconds=60, clock=clock)
    idle, busy, fresh = opened(sessions, 1), opened(sessions, 2), opened(sessions, 3)
    with sessions.using(busy):
        clock.now += 61
        sessions.find(fresh.id, ALICE, "demo")
        assert sessions.reap() == [idle]
    clock.now += 60
    assert sessions.reap() == []
    clock.now += 1
    assert {s.id for s in sessions.reap()} == {busy.id, fresh.id}


def test_using_an_ended_session_brings_it_not_back():
    sessions = Sessions(clock=Clock())
    session = opened(sessions, 1)
    with sessions.using(session):
        sessions.end(session)
    assert len(sessions) == 0
    assert sessions.find(session.id, ALICE, "demo") is None


def test_closing_gives_back_every_session():
    sessions = Sessions(clock=Clock())
    one, two = opened(sessions, 1), opened(sessions, 2, BOB)
    with sessions.using(one):
        assert sessions.clear() == [one, two]
    assert len(sessions) == 0


def test_a_clients_reply_is_in_order_only_where_the_server_asked():
    session = opened(Sessions(clock=Clock()), 1)
    session.stage = Stage.READY
    assert session.order(Reply(id=1)) == Deny(reason=REPLY_UNASKED)
    session.relay.hear(Request(id=0, method="ping"))
    assert session.order(Reply(id=1)) is Stage.READY


def test_a_message_out_of_order_is_refused_by_the_table():
    session = opened(Sessions(clock=Clock()), 1)
    call = Request(id=1, method="tools/call")
    assert session.order(call) == Deny(reason=OUT_OF_ORDER, detail="`tools/call` while new")


def test_the_event_ids_of_one_session_mean_nothing_in_another():
    sessions = Sessions(clock=Clock())
    one, other = opened(sessions, 1), opened(sessions, 2)
    ours = one.events.ours("7")
    other.events.ours("8")
    assert other.events.theirs(ours) is None
    assert one.id not in ours
