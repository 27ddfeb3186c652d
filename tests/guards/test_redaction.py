from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yett.core.exchange import Channel, Entrance, Era, Exchange
from yett.core.message import Failure, Notification, Reply, Request
from yett.core.pipeline import Cleared, Guarded, Pipeline
from yett.core.verdict import ALLOW, Deny, Rewrite
from yett.guards.redaction import OURS_RETURNED, TOO_MUCH, Redaction
from yett.protocol.jsonrpc import encode
from yett.protocol.methods import subject

GUARD = Redaction()
KEY = "AK" + "IA" + "IOSFODNN7EXAMPLE"
GONE = "[redacted:aws-access-key]"
EXCHANGE = Exchange(
    id="x",
    received_at=0.0,
    channel=Channel(entrance=Entrance.GATEWAY, peer="127.0.0.1"),
    server="demo",
    request=Request(id=1, method="tools/call", params={"name": "echo"}),
    era=Era.LEGACY,
)


def said(message):
    return GUARD.check_reply(EXCHANGE, message)


def redacted(result):
    verdict = said(Reply(id=1, result=result))
    assert isinstance(verdict, Rewrite)
    return verdict.message.result


def test_a_reply_without_credentials_passes_as_it_is():
    assert said(Reply(id=1, result={"content": [{"type": "text", "text": "hello"}], "isError": False})) == ALLOW
    assert said(Reply(id=1)) == ALLOW
    assert said(Notification(method="notifications/initialized")) == ALLOW


def test_a_credential_is_replaced_counted_and_named_without_its_value():
    verdict = said(Reply(id=1, result={"content": [{"type": "text", "text": f"key {KEY}, again {KEY}"}]}))
    assert verdict == Rewrite(
        message=Reply(id=1, result={"content": [{"type": "text", "text": f"key {GONE}, again {GONE}"}]}),
        note="2 aws-access-key",
        count=2,
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"structuredContent": {"a": [1, True, None, 1.5, KEY]}},
            {"structuredContent": {"a": [1, True, None, 1.5, GONE]}},
        ),
        ({"contents": [{"uri": "a:b", "text": KEY}]}, {"contents": [{"uri": "a:b", "text": GONE}]}),
        (
            {"messages": [{"role": "user", "content": {"text": KEY}}]},
            {"messages": [{"role": "user", "content": {"text": GONE}}]},
        ),
        ({KEY: 1}, {GONE: 1}),
        ({KEY: 1, GONE: 2, "x": 3}, {GONE: 1, GONE + "'": 2, "x": 3}),
        ({"_meta": {"x": [{"y": KEY}]}}, {"_meta": {"x": [{"y": GONE}]}}),
        ([KEY], [GONE]),
        (KEY, GONE),
    ],
)
def test_every_text_is_looked_at_and_every_type_is_kept(given, expected):
    assert redacted(given) == expected


def test_errors_progress_logs_and_questions_are_looked_at_too():
    assert said(Reply(id=1, error=Failure(code=-1, message=f"bad {KEY}", data={"k": KEY}))).message == Reply(
        id=1, error=Failure(code=-1, message=f"bad {GONE}", data={"k": GONE})
    )
    assert said(Reply(id=1, error=Failure(code=-1, message=KEY))).message == Reply(
        id=1, error=Failure(code=-1, message=GONE)
    )
    for method in ("notifications/progress", "notifications/message"):
        verdict = said(Notification(method=method, params={"message": KEY, "data": [KEY]}))
        assert verdict.message == Notification(method=method, params={"message": GONE, "data": [GONE]})
    question = Request(id=9, method="elicitation/create", params={"message": f"is it {KEY}?"})
    assert said(question).message == Request(id=9, method="elicitation/create", params={"message": f"is it {GONE}?"})


def test_a_field_with_a_telling_name_is_redacted_whatever_its_form():
    assert redacted({"structuredContent": {"SecretAccessKey": "wJalrXUtnFEMI0K7MDENGbPxRfiCY"}}) == {
        "structuredContent": {"SecretAccessKey": "[redacted:named-secret]"}
    }
    assert said(Reply(id=1, result={"properties": {"password": {"type": "string"}}})) == ALLOW


@pytest.mark.parametrize("member", ["requestState", "nextCursor"])
def test_the_gateways_own_credential_does_not_come_back_where_nothing_may_be_replaced(member):
    guard = Redaction(known=["our-own-credential"])
    reply = Reply(id=1, result={"content": [], member: {"deep": ["x our-own-credential y"]}})
    assert guard.check_reply(EXCHANGE, reply) == Deny(reason=OURS_RETURNED, detail=member)
    assert guard.check_reply(EXCHANGE, Reply(id=1, result={"content": [], member: "another"})) == ALLOW


def test_what_the_client_must_hand_back_stays():
    result = {"requestState": KEY, "nextCursor": KEY, "text": KEY}
    assert redacted(result) == {"requestState": KEY, "nextCursor": KEY, "text": GONE}
    assert said(Reply(id=1, result={"requestState": KEY})) == ALLOW
    assert redacted({"structuredContent": {"nextCursor": KEY}}) == {"structuredContent": {"nextCursor": GONE}}


def test_a_servers_echo_of_the_gateways_credential_is_redacted():
    guard = Redaction(known=["correct horse battery"])
    verdict = guard.check_reply(EXCHANGE, Reply(id=1, result={"seen": "Authorization: correct horse battery"}))
    assert verdict.message.result == {"seen": "Authorization: [redacted:gateway-credential]"}
    assert verdict.note == "1 gateway-credential"


def test_what_came_in_is_not_changed_in_place():
    result = {"content": [{"text": KEY}, {"text": "kept"}]}
    new = redacted(result)
    assert result["content"][0]["text"] == KEY
    assert new["content"][1] is result["content"][1]


def test_an_answer_made_of_credentials_is_refused():
    verdict = said(Reply(id=1, result=[f"{KEY} " * 100] * 100))
    assert isinstance(verdict, Deny)
    assert verdict.reason == TOO_MUCH


def test_an_answer_that_would_take_long_to_search_is_refused():
    hostile = " ".join(credential.trigger for credential in GUARD._sensitive._credentials)
    prefixes = "ghp_ github_pat_ PMAK- HRKU- sk-ant- NRAK- ya29. GOCSPX- whsec_ ops_eyJ sntrys_ dckr_pat_ .atlasv1. "
    began = time.process_time()
    verdict = said(Reply(id=1, result=[hostile, prefixes, "a " * (12 << 20)]))
    assert isinstance(verdict, Deny)
    assert verdict.reason == TOO_MUCH
    assert time.process_time() - began < 20  # seconds of CPU: the line to a process that is held


def test_a_redacted_reply_is_cleared():
    pipeline = Pipeline([Guarded(guard=GUARD)], subject=subject)
    judgement = pipeline.check_reply(
        EXCHANGE, Reply(id=1, result={"text": KEY}), encode(Reply(id=1, result={"text": KEY}))
    )
    assert isinstance(judgement.verdict, Cleared)
    assert (judgement.verdict.message, judgement.verdict.encoded) == (Reply(id=1, result={"text": GONE}), b"")
    assert KEY not in repr(judgement.trail)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.just(KEY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4) | st.just(KEY), inner, max_size=4),
    max_leaves=12,
)


def shape(value):
    if isinstance(value, dict):
        return [shape(item) for item in value.values()]
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value)


@settings(deadline=None)
@given(JSON)
def test_no_credential_survives_and_no_shape_changes(value):
    verdict = said(Reply(id=1, result=value))
    result = verdict.message.result if isinstance(verdict, Rewrite) else value
    assert KEY not in repr(result)
    assert shape(result) == shape(value)
    assert (verdict == ALLOW) is (KEY not in repr(value))


SPOKEN = st.dictionaries(st.text(max_size=4) | st.sampled_from([KEY, "requestState", "password"]), JSON, max_size=4)
MESSAGES = (
    st.builds(Reply, id=st.integers(1, 9) | st.just(KEY), result=SPOKEN)
    | st.builds(Reply, id=st.integers(1, 9), error=st.builds(Failure, code=st.just(1), message=st.text(), data=JSON))
    | st.builds(Notification, method=st.sampled_from(["notifications/message", KEY]), params=st.none() | SPOKEN)
    | st.builds(Request, id=st.integers(1, 9) | st.just(KEY), method=st.just("roots/list"), params=SPOKEN)
)


@settings(deadline=None)
@given(MESSAGES)
def test_reading_the_encoding_of_a_message_finds_what_reading_its_words_finds(message):
    for guard in (
        GUARD,
        Redaction(['kla\n"ppe', "\N{SNOWMAN}\N{SNOWMAN}\N{SNOWMAN}\N{SNOWMAN}\N{SNOWMAN}\N{SNOWMAN}"]),
    ):
        assert guard.check_reply(EXCHANGE, message, encode(message)) == guard.check_reply(EXCHANGE, message)


def test_a_secret_of_the_gateways_own_is_found_in_the_encoding_too():
    guard = Redaction(['correct "horse" battery\n'])
    message = Reply(id=1, result={"seen": ['a correct "horse" battery\n b']})
    expected = Rewrite(
        message=Reply(id=1, result={"seen": ["a [redacted:gateway-credential] b"]}),
        note="1 gateway-credential",
        count=1,
    )
    assert guard.check_reply(EXCHANGE, message, encode(message)) == expected
