from __future__ import annotations

import asyncio
import json

import pytest

from yett.core.exchange import Channel, Entrance, Era, Exchange
from yett.core.message import Notification, Reply, Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.enforce.stdio_delivery import StdioDelivery
from yett.upstream.upstream import Arrival

NO = Reason(code="test.no", kind=Kind.DENIED, public="not today")
CALL = Request(id=7, method="tools/call", params={"name": "x"})


class Pipe:
    def __init__(self) -> None:
        self.said: list[bytes] = []

    async def write(self, line: bytes) -> None:
        self.said.append(line)

    @property
    def messages(self) -> list:
        assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in self.said)
        return [json.loads(line) for line in self.said]


def _exchange(request=CALL, **more) -> Exchange:
    channel = Channel(entrance=Entrance.STDIO, peer="")
    return Exchange(id="r1", received_at=0.0, channel=channel, server="demo", request=request, **more)


def _told(asked, *steps):
    pipe = Pipe()

    async def story() -> StdioDelivery:
        delivery = StdioDelivery(pipe.write, None, asked)
        for step in steps:
            await step(delivery)
        return delivery

    return asyncio.run(story()), pipe


def test_signs_of_life_acceptance_and_ends_are_nothing_on_a_pipe():
    delivery, pipe = _told(
        Notification(method="notifications/initialized"),
        lambda d: d.alive(Arrival(message=None)),
        lambda d: d.opened(),
        lambda d: d.accepted(),
        lambda d: d.ended(),
        lambda d: d.finish(),
    )
    assert (pipe.said, delivery.begun, delivery.taken) == ([], True, True)


def test_a_refused_call_is_answered_like_over_http():
    _, pipe = _told(CALL, lambda d: d.refuse(Deny(reason=NO), _exchange(era=Era.MODERN)))
    [answer] = pipe.messages
    assert (answer["id"], answer["result"]["isError"]) == (7, True)
    assert "Not today. Ref r1" in answer["result"]["content"][0]["text"]


def test_a_request_that_was_refused_unread_is_answered_under_its_own_id():
    unread = Exchange(id="r1", received_at=0.0, channel=Channel(entrance=Entrance.STDIO, peer=""), server="demo")
    _, pipe = _told(CALL, lambda d: d.refuse(Deny(reason=NO), unread))
    assert pipe.messages[0]["id"] == 7


def test_what_was_no_message_is_answered_without_an_id():
    broken = Reason(code="test.parse", kind=Kind.PARSE, public="no JSON")
    _, pipe = _told(None, lambda d: d.refuse(Deny(reason=broken), _exchange(Notification(method=""))))
    assert (pipe.messages[0]["id"], pipe.messages[0]["error"]["code"]) == (None, -32700)


@pytest.mark.parametrize("asked", [Notification(method="notifications/cancelled"), Reply(id=1, result={})])
def test_whoever_does_not_wait_for_an_answer_gets_none(asked):
    delivery, pipe = _told(asked, lambda d: d.refuse(Deny(reason=NO), _exchange(asked)))
    assert (pipe.said, delivery.refused) == ([], True)


def test_a_subscription_that_we_end_gets_its_last_word():
    listen = Request(id="l", method="subscriptions/listen")
    _, pipe = _told(listen, lambda d: d.farewell(_exchange(listen, era=Era.MODERN)))
    assert (pipe.messages[0]["id"], pipe.messages[0]["result"]["resultType"]) == ("l", "complete")
    _, pipe = _told(None, lambda d: d.farewell(_exchange(Notification(method="session/listen"))))
    assert pipe.said == []
