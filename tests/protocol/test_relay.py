from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from yett.core.exchange import Era
from yett.core.message import Failure, Notification, Reply, Request
from yett.errors import UpstreamProtocolError, UpstreamUnavailable
from yett.protocol.relay import ASKED, IN_FLIGHT, REMEMBERED, SUBSCRIPTION, Heard, Relay, Told


def call(number, token=None) -> Request:
    params = {"name": "echo"} if token is None else {"name": "echo", "_meta": {"progressToken": token, "x": 1}}
    return Request(id=number, method="tools/call", params=params)


def progress(token) -> Notification:
    return Notification(method="notifications/progress", params={"progressToken": token, "progress": 1})


def cancelled(number) -> Notification:
    return Notification(method="notifications/cancelled", params={"requestId": number, "reason": "x"})


def test_calls_with_equal_ids_get_ids_of_their_own_and_both_get_their_answer():
    relay = Relay()
    first, second = relay.ask(call(1)), relay.ask(call(1))
    assert (first.id, second.id) == (1, 2)
    assert relay.hear(Reply(id=2, result="b")) == Heard(message=Reply(id=1, result="b"), call=2)
    assert relay.hear(Reply(id=1, result="a")) == Heard(message=Reply(id=1, result="a"), call=1)
    assert relay.in_flight == 0


def test_an_error_reply_finds_its_way_too():
    relay = Relay()
    relay.ask(call("abc"))
    failure = Failure(code=-32602, message="no")
    assert relay.hear(Reply(id=1, error=failure)) == Heard(message=Reply(id="abc", error=failure), call=1)


@pytest.mark.parametrize("wrong", [2, 0, -1, "1", True, 1.0, None, 10**30])
def test_a_reply_to_nothing_or_with_an_id_of_another_type_is_a_violation(wrong):
    relay = Relay()
    relay.ask(call(7))
    with pytest.raises(UpstreamProtocolError, match="was not sent"):
        relay.hear(Reply(id=wrong, result={}))
    assert relay.in_flight == 1


def test_a_second_reply_is_a_violation():
    relay = Relay()
    relay.ask(call(7))
    relay.hear(Reply(id=1, result={}))
    with pytest.raises(UpstreamProtocolError, match="twice"):
        relay.hear(Reply(id=1, result={"evil": True}))


def test_a_late_reply_to_a_call_that_was_left_concerns_nobody():
    relay = Relay()
    relay.ask(call(7))
    relay.leave(1)
    assert relay.hear(Reply(id=1, result={})) is None


def test_a_resumed_stream_may_bring_the_reply_to_a_call_that_was_left_and_bring_it_again():
    relay = Relay()
    relay.ask(call("client", token="t"))
    relay.leave(1)
    expected = Heard(message=Reply(id="client", result={}), call=1)
    assert relay.hear(progress(1), replay=True) == Heard(message=progress("t"))
    assert relay.hear(Reply(id=1, result={}), replay=True) == expected
    assert relay.hear(Reply(id=1, result={}), replay=True) == expected
    with pytest.raises(UpstreamProtocolError, match="was not sent"):
        relay.hear(Reply(id=2, result={}), replay=True)


def test_progress_tokens_are_unique_upstream_and_restored():
    relay = Relay()
    first, second = relay.ask(call(1, token="t")), relay.ask(call(2, token="t"))
    assert first.params == {"name": "echo", "_meta": {"progressToken": 1, "x": 1}}
    assert second.params == {"name": "echo", "_meta": {"progressToken": 2, "x": 1}}
    assert relay.hear(progress(2)) == Heard(message=progress("t"), call=2)


def test_the_clients_own_message_is_not_changed_in_place():
    request = call(1, token="t")
    Relay().ask(request)
    assert request == call(1, token="t")


@pytest.mark.parametrize("token", [2, 3, "1", True, 1.0, None, {}, []])
def test_progress_for_tokens_nobody_asked_with_is_dropped(token):
    relay = Relay()
    relay.ask(call(1, token="t"))
    relay.ask(call(2))
    assert relay.hear(progress(token)) is None


@pytest.mark.parametrize("token", [True, 1.5, None, {}, "x" * 257])
def test_a_progress_token_that_is_none_is_not_remembered(token):
    relay = Relay()
    request = Request(id=1, method="ping", params={"_meta": {"progressToken": token}})
    assert relay.ask(request) == Request(id=1, method="ping", params=request.params)
    assert relay.hear(progress(1)) is None


def test_progress_of_a_task_outlives_its_call_in_the_legacy_era_only():
    for era, late in ((Era.LEGACY, Heard(message=progress("t"))), (Era.MODERN, None)):
        relay = Relay(era)
        relay.ask(call(1, token="t"))
        relay.hear(Reply(id=1, result={}))
        assert relay.hear(progress(1)) == late


def test_a_cancellation_names_the_upstream_call_and_the_latest_one_of_that_id():
    relay = Relay()
    relay.ask(call("a"))
    relay.ask(call("a"))
    assert relay.tell(cancelled("a")) == Told(message=cancelled(2), cancels=2)


@pytest.mark.parametrize("number", [1, "2", True, 1.0, None, "unknown", {}])
def test_a_cancellation_of_an_unknown_call_is_dropped(number):
    relay = Relay()
    relay.ask(call("1"))
    assert relay.tell(cancelled(number)) is None


def test_a_cancellation_of_an_answered_call_is_dropped():
    relay = Relay()
    relay.ask(call("a"))
    relay.hear(Reply(id=1, result={}))
    assert relay.tell(cancelled("a")) is None


def test_other_notifications_pass_as_they_are():
    said = Notification(method="notifications/roots/list_changed")
    assert Relay().tell(said) == Told(message=said)
    heard = Notification(method="notifications/message", params={"level": "info", "data": "x"})
    found = Relay().hear(heard)
    assert found is not None
    assert found.message is heard


def test_a_servers_question_gets_an_id_of_ours_and_the_answer_the_servers():
    relay = Relay()
    question = Request(id=0, method="elicitation/create", params={"message": "?"})
    assert relay.hear(question) == Heard(message=Request(id=1, method="elicitation/create", params={"message": "?"}))
    assert relay.expects(Reply(id=1, result={}))
    assert relay.answer(Reply(id=1, result={"action": "accept"})) == Reply(id=0, result={"action": "accept"})


@pytest.mark.parametrize("number", [0, 2, "1", True, 1.0, None])
def test_a_reply_nobody_asked_for_is_refused(number):
    relay = Relay()
    relay.hear(Request(id=0, method="ping"))
    assert not relay.expects(Reply(id=number))
    assert relay.answer(Reply(id=number)) is None


def test_a_question_is_answered_once():
    relay = Relay()
    relay.hear(Request(id=0, method="ping"))
    relay.answer(Reply(id=1))
    assert not relay.expects(Reply(id=1))
    assert relay.answer(Reply(id=1)) is None


def test_another_sessions_question_cannot_be_answered_here():
    one, other = Relay(), Relay()
    one.hear(Request(id=0, method="ping"))
    assert other.answer(Reply(id=1)) is None


def test_a_question_that_is_replayed_is_answered_by_one_answer():
    relay = Relay()
    relay.hear(Request(id="q", method="ping"))
    relay.hear(Request(id="q", method="ping"), replay=True)
    assert relay.answer(Reply(id=2)) == Reply(id="q")
    assert relay.answer(Reply(id=1)) is None


def test_a_server_takes_its_question_back():
    relay = Relay()
    relay.hear(Request(id="q", method="sampling/createMessage"))
    assert relay.hear(cancelled("q")) == Heard(message=cancelled(1))
    assert not relay.expects(Reply(id=1))
    assert relay.hear(cancelled("q")) is None
    assert relay.hear(cancelled(1)) is None


def test_a_legacy_server_cannot_cancel_the_clients_calls():
    relay = Relay()
    relay.ask(call(5))
    assert relay.hear(cancelled(1)) is None
    assert relay.in_flight == 1


def test_the_progress_of_a_question_goes_back_under_the_servers_token():
    relay = Relay()
    asked = Request(id=9, method="sampling/createMessage", params={"_meta": {"progressToken": "theirs"}})
    heard = relay.hear(asked)
    assert heard == Heard(
        message=Request(id=1, method="sampling/createMessage", params={"_meta": {"progressToken": 1}})
    )
    assert relay.tell(progress(1)) == Told(message=progress("theirs"))
    assert relay.tell(progress("theirs")) is None
    assert relay.tell(progress(2)) is None


def test_a_modern_server_may_not_ask():
    with pytest.raises(UpstreamProtocolError, match=r"`sampling/createMessage`, which 2026-07-28 forbids"):
        Relay(Era.MODERN).hear(Request(id=1, method="sampling/createMessage"))


def test_a_subscription_is_known_by_the_clients_id_downstream():
    relay = Relay(Era.MODERN)
    relay.ask(Request(id="listen-1", method="subscriptions/listen"))
    noted = Notification(method="notifications/tools/list_changed", params={"_meta": {SUBSCRIPTION: 1, "k": 2}})
    restored = Notification(
        method="notifications/tools/list_changed", params={"_meta": {SUBSCRIPTION: "listen-1", "k": 2}}
    )
    assert relay.hear(noted) == Heard(message=restored, call=1)
    reply = Reply(id=1, result={"_meta": {SUBSCRIPTION: 1}, "resultType": "complete"})
    assert relay.hear(reply) == Heard(
        message=Reply(id="listen-1", result={"_meta": {SUBSCRIPTION: "listen-1"}, "resultType": "complete"}), call=1
    )


@pytest.mark.parametrize("number", [2, "1", True, 1.0, None])
def test_news_for_a_subscription_that_does_not_exist_are_dropped(number):
    relay = Relay(Era.MODERN)
    relay.ask(Request(id="listen-1", method="subscriptions/listen"))
    noted = Notification(method="notifications/tools/list_changed", params={"_meta": {SUBSCRIPTION: number}})
    assert relay.hear(noted) is None


def test_a_modern_server_ends_a_subscription_by_cancelling_it():
    relay = Relay(Era.MODERN)
    relay.ask(Request(id="listen-1", method="subscriptions/listen"))
    assert relay.hear(cancelled(1)) == Heard(message=cancelled("listen-1"), call=1, ends=True)
    assert relay.hear(cancelled(2)) is None


def test_too_many_calls_at_once_are_refused_and_none_is_forgotten():
    relay = Relay()
    for number in range(IN_FLIGHT):
        relay.ask(call(number))
    with pytest.raises(UpstreamUnavailable, match="1000 calls"):
        relay.ask(call("one more"))
    assert relay.hear(Reply(id=1, result={})) is not None
    relay.ask(call("one more"))


def test_a_server_that_asks_without_end_is_cut_off():
    relay = Relay()
    for number in range(ASKED):
        relay.hear(Request(id=number, method="ping"))
    with pytest.raises(UpstreamProtocolError, match="256 things"):
        relay.hear(Request(id="one more", method="ping"))


def test_what_is_remembered_is_bounded():
    relay = Relay()
    for number in range(REMEMBERED + 1):
        relay.leave(relay.ask(call(number)).id)
    assert relay.hear(Reply(id=2, result={})) is None
    with pytest.raises(UpstreamProtocolError, match="was not sent"):
        relay.hear(Reply(id=1, result={}), replay=True)


IDS = st.integers(0, 3) | st.sampled_from(["a", "1", ""])


class MixUp(RuleBasedStateMachine):
    """M-29: whatever the order, every call hears its own answer and nobody else's."""

    def __init__(self):
        super().__init__()
        self.relay = Relay()
        self.waiting = {}
        self.open_questions = {}
        self.count = 0

    @rule(number=IDS, token=st.none() | IDS)
    def ask(self, number, token):
        sent = self.relay.ask(call(number, token))
        assert sent.id not in self.waiting
        self.waiting[sent.id] = (number, token)

    @rule(data=st.data())
    def reply(self, data):
        if self.waiting:
            upstream = data.draw(st.sampled_from(sorted(self.waiting)))
            client, _ = self.waiting.pop(upstream)
            heard = self.relay.hear(Reply(id=upstream, result=upstream))
            assert heard == Heard(message=Reply(id=client, result=upstream), call=upstream)

    @rule(data=st.data())
    def tell_progress(self, data):
        if self.waiting:
            upstream = data.draw(st.sampled_from(sorted(self.waiting)))
            _, token = self.waiting[upstream]
            heard = self.relay.hear(progress(upstream))
            assert heard == (None if token is None else Heard(message=progress(token), call=upstream))

    @rule(number=IDS)
    def question(self, number):
        heard = self.relay.hear(Request(id=number, method="ping"))
        assert heard is not None
        assert isinstance(heard.message, Request)
        assert heard.message.id not in self.open_questions
        self.open_questions[heard.message.id] = number

    @rule(data=st.data())
    def answer(self, data):
        if self.open_questions:
            ours = data.draw(st.sampled_from(sorted(self.open_questions)))
            theirs = self.open_questions[ours]
            answered = self.relay.answer(Reply(id=ours, result=ours))
            assert answered == Reply(id=theirs, result=ours)
            assert type(answered.id) is type(theirs)
            self.open_questions = {
                o: t for o, t in self.open_questions.items() if not (t == theirs and type(t) is type(theirs))
            }

    @invariant()
    def nothing_leaks(self):
        assert self.relay.in_flight == len(self.waiting)


MixUp.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_no_order_of_events_mixes_calls_up = MixUp.TestCase


@given(
    st.one_of(
        st.builds(Reply, id=st.none() | st.integers() | st.text()),
        st.builds(Request, id=st.integers() | st.text(), method=st.text(), params=st.none() | st.just({"_meta": 1})),
        st.builds(
            Notification,
            method=st.sampled_from(["notifications/progress", "notifications/cancelled", "notifications/message"]),
            params=st.none()
            | st.dictionaries(
                st.sampled_from(["progressToken", "requestId", "_meta"]),
                st.recursive(
                    st.none() | st.booleans() | st.integers(-2, 3) | st.floats() | st.text(max_size=3),
                    lambda inner: (
                        st.lists(inner, max_size=2) | st.dictionaries(st.just(SUBSCRIPTION), inner, max_size=1)
                    ),
                    max_leaves=4,
                ),
            ),
        ),
    ),
    st.sampled_from(Era),
    st.booleans(),
)
def test_whatever_a_server_sends_is_translated_dropped_or_a_violation(message, era, replay):
    relay = Relay(era)
    relay.ask(call(1, token="t"))
    try:
        heard = relay.hear(message, replay=replay)
    except UpstreamProtocolError:
        return
    assert heard is None or isinstance(heard, Heard)
