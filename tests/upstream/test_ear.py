from __future__ import annotations

import pytest

from yett import telemetry
from yett.core.exchange import Era
from yett.core.message import Failure, Notification, Reply, Request
from yett.errors import UpstreamProtocolError
from yett.protocol.session import Stage
from yett.state.sessions import Session
from yett.upstream.ear import CallEar, ModernEar, StreamEar, dropped

CALL = Request(id="c", method="tools/call", params={"name": "x", "_meta": {"progressToken": 5}})
LOG = Notification(method="notifications/message", params={"level": "info", "data": "x"})
CHANGED = Notification(method="notifications/tools/list_changed")


def progress(token) -> Notification:
    return Notification(method="notifications/progress", params={"progressToken": token, "progress": 1})


def ready() -> Session:
    session = Session("s", owner=("", "alice"), server="demo")
    session.stage = Stage.READY
    return session


def test_a_modern_answer_is_heard_as_it_is():
    ear = ModernEar("demo", CALL)
    for message in (LOG, progress(5), CHANGED):
        assert ear.hear(message) is message
        assert ear.awaits_reply
    reply = Reply(id="c", result={})
    assert ear.hear(reply) is reply
    assert not ear.awaits_reply


@pytest.mark.parametrize("wrong", [Reply(id="d", result={}), Reply(id=5, result={}), Request(id=1, method="ping")])
def test_a_modern_answer_holds_nothing_else(wrong):
    with pytest.raises(UpstreamProtocolError):
        ModernEar("demo", CALL).hear(wrong)


@pytest.mark.parametrize("token", ["5", 6, True, None])
def test_progress_of_another_call_is_not_heard(token):
    assert ModernEar("demo", CALL).hear(progress(token)) is None


def test_progress_nobody_asked_for_is_not_heard():
    assert ModernEar("demo", Request(id=1, method="tools/list")).hear(progress(1)) is None


@pytest.mark.parametrize(
    "message",
    [
        Notification(method="notifications/vendor/own"),
        Notification(method="notifications/initialized"),
        Notification(method="tools/call", params={"name": "x"}),
        Notification(method="notifications/message", params={"level": 7}),
    ],
)
def test_what_is_in_no_table_is_dropped_in_both_eras_and_counted(message):
    def count():
        return sum(number for (server, _), number in telemetry.DROPPED.series().items() if server == "ear")

    before = count()
    assert ModernEar("ear", CALL).hear(message) is None
    session = ready()
    session.relay.ask(CALL)
    assert CallEar("ear", session, 1).hear(message) is None
    assert count() == before + 2


def test_a_legacy_answer_is_heard_in_the_clients_words():
    session = ready()
    session.relay.ask(CALL)
    ear = CallEar("demo", session, 1)
    assert ear.hear(LOG) is LOG
    assert ear.hear(progress(1)) == progress(5)
    assert ear.hear(progress(2)) is None
    assert ear.hear(Request(id=0, method="ping")) == Request(id=1, method="ping")
    assert (ear.awaits_reply, ear.succeeded) == (True, False)
    assert ear.hear(Reply(id=1, result={})) == Reply(id="c", result={})
    assert (ear.awaits_reply, ear.succeeded) == (False, True)


def test_an_error_is_a_reply_but_no_success():
    session = ready()
    session.relay.ask(CALL)
    ear = CallEar("demo", session, 1)
    failure = Failure(code=1, message="no")
    assert ear.hear(ear.complaint(Reply(id=None, error=failure))) == Reply(id="c", error=failure)
    assert (ear.awaits_reply, ear.succeeded) == (False, False)


@pytest.mark.parametrize("number", [2, "1", True, None])
def test_a_reply_to_another_legacy_call_is_refused_before_it_is_taken_from_that_call(number):
    session = ready()
    session.relay.ask(CALL)
    session.relay.ask(CALL)
    with pytest.raises(UpstreamProtocolError):
        CallEar("demo", session, 1).hear(Reply(id=number, result={}))
    assert session.relay.in_flight == 2


def test_the_general_stream_hears_replies_only_when_it_resumes():
    session = ready()
    session.relay.ask(CALL)
    plain, resumed = StreamEar("demo", session, resumed=False), StreamEar("demo", session, resumed=True)
    reply = Reply(id=1, result={})
    assert plain.hear(CHANGED) is CHANGED
    assert plain.hear(reply) is None
    assert session.relay.in_flight == 1
    assert resumed.hear(reply) == Reply(id="c", result={})
    assert not resumed.awaits_reply


def test_the_stage_of_the_session_counts():
    session = ready()
    question = Request(id=1, method="roots/list")
    assert not dropped("demo", question, Era.LEGACY, session)
    session.stage = Stage.ANSWERED
    assert dropped("demo", question, Era.LEGACY, session)
    assert dropped("demo", question, Era.MODERN, None)
