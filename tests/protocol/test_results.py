from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yett.core.exchange import Channel, Entrance, Era, Exchange, Principal
from yett.core.message import Failure, Notification, Reply, Request
from yett.core.verdict import ALLOW
from yett.guards.access import Access
from yett.policy.policy import Policy
from yett.protocol.results import LISTS, is_plain

METHODS = ("tools/call", "tools/list", "prompts/get", "resources/read", "server/discover", "tasks/get")
MEMBERS = (*LISTS, "inputRequests", "cacheScope", "ttlMs", "content", "resultType", "_meta")


def exchange(method: str, era: Era | None = Era.MODERN) -> Exchange:
    return Exchange(
        id="x",
        received_at=0.0,
        channel=Channel(entrance=Entrance.GATEWAY, peer="127.0.0.1"),
        server="demo",
        request=Request(id=1, method=method),
        principal=Principal(issuer="yett", subject="alice"),
        era=era,
    )


@given(
    method=st.sampled_from(METHODS),
    era=st.sampled_from([*Era, None]),
    result=st.dictionaries(st.sampled_from(MEMBERS), st.one_of(st.none(), st.integers(), st.lists(st.integers()))),
)
@settings(max_examples=500)
def test_what_is_called_plain_is_what_the_whole_look_lets_pass(method, era, result):
    about, reply = exchange(method, era), Reply(id=1, result=result)
    if is_plain(about, reply):
        assert Access(Policy([]))._check_result(about, reply) is ALLOW


@pytest.mark.parametrize("member", [*LISTS, "inputRequests", "cacheScope", "ttlMs"])
def test_a_result_with_something_to_look_at_is_not_plain(member):
    assert is_plain(exchange("tools/call"), Reply(id=1, result={"content": []}))
    assert not is_plain(exchange("tools/call"), Reply(id=1, result={"content": [], member: None}))


@pytest.mark.parametrize("method", ["tools/list", "resources/read", "server/discover"])
def test_what_may_be_cached_is_not_plain(method):
    assert not is_plain(exchange(method), Reply(id=1, result={}))


@pytest.mark.parametrize("reply", [Reply(id=1, result=[]), Reply(id=1, error=Failure(code=1, message="no"))])
def test_what_is_no_object_is_not_plain(reply):
    assert not is_plain(exchange("tools/call"), reply)


def test_what_answers_no_request_is_not_plain():
    listening = Exchange(
        id="x",
        received_at=0.0,
        channel=Channel(entrance=Entrance.GATEWAY, peer="127.0.0.1"),
        server="demo",
        request=Notification(method="session/listen"),
    )
    assert not is_plain(listening, Reply(id=1, result={"content": []}))
