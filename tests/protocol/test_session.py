from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.message import Failure, Message, Notification, Reply, Request
from yett.core.verdict import Deny
from yett.protocol.session import OUT_OF_ORDER, Stage, client_sends, server_answers, server_may_send

INITIALIZE = Request(id=0, method="initialize")
INITIALIZED = Notification(method="notifications/initialized")
PING = Request(id=1, method="ping")
CALL = Request(id=2, method="tools/call", params={"name": "echo"})
CANCELLED = Notification(method="notifications/cancelled", params={"requestId": 2})
ANSWER = Reply(id=7, result={})
ELICIT = Request(id=7, method="elicitation/create")
LOG = Notification(method="notifications/message")
CHANGED = Notification(method="notifications/tools/list_changed")


@pytest.mark.parametrize(
    ("stage", "message", "following"),
    [
        (Stage.NEW, INITIALIZE, Stage.INITIALIZING),
        (Stage.INITIALIZING, PING, Stage.INITIALIZING),
        (Stage.ANSWERED, INITIALIZED, Stage.READY),
        (Stage.ANSWERED, PING, Stage.ANSWERED),
        (Stage.ANSWERED, CALL, Stage.ANSWERED),
        (Stage.READY, CALL, Stage.READY),
        (Stage.READY, CANCELLED, Stage.READY),
        (Stage.READY, ANSWER, Stage.READY),
    ],
)
def test_a_message_in_order_leads_to_the_next_stage(stage, message, following):
    assert client_sends(stage, message) is following


@pytest.mark.parametrize(
    ("stage", "message", "detail"),
    [
        (Stage.NEW, CALL, "`tools/call` while new"),
        (Stage.NEW, PING, "`ping` while new"),
        (Stage.NEW, INITIALIZED, "`notifications/initialized` while new"),
        (Stage.NEW, ANSWER, "reply while new"),
        (Stage.INITIALIZING, INITIALIZE, "`initialize` while initializing"),
        (Stage.INITIALIZING, CALL, "`tools/call` while initializing"),
        (Stage.INITIALIZING, INITIALIZED, "`notifications/initialized` while initializing"),
        (Stage.ANSWERED, INITIALIZE, "`initialize` while answered"),
        (Stage.READY, INITIALIZE, "`initialize` while ready"),
        (Stage.READY, INITIALIZED, "`notifications/initialized` while ready"),
        (Stage.ENDED, PING, "`ping` while ended"),
        (Stage.ENDED, INITIALIZE, "`initialize` while ended"),
    ],
)
def test_a_message_out_of_order_is_refused(stage, message, detail):
    assert client_sends(stage, message) == Deny(reason=OUT_OF_ORDER, detail=detail)


def test_the_reply_to_initialize_opens_or_ends_the_session():
    failed = Reply(id=0, error=Failure(code=-32602, message="no"))
    assert server_answers(Stage.INITIALIZING, Reply(id=0, result={})) is Stage.ANSWERED
    assert server_answers(Stage.INITIALIZING, failed) is Stage.ENDED
    assert server_answers(Stage.READY, failed) is Stage.READY


@pytest.mark.parametrize(
    ("stage", "message", "allowed"),
    [
        (Stage.NEW, LOG, False),
        (Stage.INITIALIZING, LOG, True),
        (Stage.INITIALIZING, CHANGED, False),
        (Stage.INITIALIZING, ELICIT, False),
        (Stage.INITIALIZING, ANSWER, True),
        (Stage.ANSWERED, CHANGED, True),
        (Stage.ANSWERED, PING, True),
        (Stage.ANSWERED, ELICIT, False),
        (Stage.READY, ELICIT, True),
        (Stage.READY, CHANGED, True),
        (Stage.ENDED, ANSWER, False),
        (Stage.ENDED, LOG, False),
    ],
)
def test_a_server_may_ask_only_once_the_client_is_ready(stage, message, allowed):
    assert server_may_send(stage, message) is allowed


METHODS = st.sampled_from(["initialize", "ping", "tools/call", "notifications/initialized", "x"]) | st.text(max_size=20)
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(Request, id=st.integers(), method=METHODS),
    st.builds(Notification, method=METHODS),
    st.builds(Reply, id=st.integers()),
)


@given(st.lists(MESSAGES, max_size=30))
def test_any_story_initializes_at_most_once_and_never_leaves_the_end(story):
    stage, initialized = Stage.NEW, 0
    for message in story:
        following = client_sends(stage, message)
        if isinstance(following, Deny):
            continue
        assert stage is not Stage.ENDED
        if stage is Stage.NEW:
            initialized += 1
            following = server_answers(following, Reply(id=0, result={}))
        stage = following
    assert initialized <= 1
