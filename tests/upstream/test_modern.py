from __future__ import annotations

import asyncio

import pytest

from yett.core.message import Notification, Reply, Request
from yett.errors import UpstreamProtocolError, UpstreamUnavailable
from yett.protocol import jsonrpc
from yett.protocol.jsonrpc import Bounds
from yett.upstream.modern import ModernPost
from yett.upstream.upstream import Arrival
from yett.wire.http import ResponseHead
from yett.wire.response import Response

CALL = Request(id=7, method="tools/call", params={"name": "x"})
RESULT = Reply(id=7, result={})
ENCODED = jsonrpc.encode(RESULT)


class Sending:
    """A connection that is held while somebody is inside."""

    def __init__(self, status, body=b"", media_type=b"application/json"):
        self.inside = []
        head = ResponseHead(status=status, headers=((b"content-type", media_type),), length=len(body))
        self.response = Response(head, None)
        if body:
            self.response.put(body)
        self.response.end()

    async def __aenter__(self):
        self.inside.append("in")
        return self.response

    async def __aexit__(self, kind, error, trace):
        self.inside.append(kind.__name__ if kind else "out")


def post(sending, message=CALL) -> ModernPost:
    return ModernPost("demo", message, lambda: sending, Bounds())


def test_the_connection_is_held_while_the_answer_is_read():
    async def story():
        sending = Sending(200, b"data: " + ENCODED + b"\n\n", b"text/event-stream")
        async with post(sending) as arrivals:
            assert [arrival async for arrival in arrivals] == [Arrival(message=RESULT, encoded=ENCODED)]
            assert sending.inside == ["in"]
        assert sending.inside == ["in", "out"]

    asyncio.run(story())


def test_a_notification_brings_nothing():
    async def story():
        sending = Sending(202)
        async with post(sending, Notification(method="notifications/cancelled")) as arrivals:
            assert [arrival async for arrival in arrivals] == []
        assert sending.inside == ["in", "out"]

    asyncio.run(story())


@pytest.mark.parametrize("message", [CALL, Notification(method="notifications/cancelled")])
def test_an_answer_that_is_refused_lets_the_connection_go(message):
    async def story():
        sending = Sending(500)
        with pytest.raises(UpstreamProtocolError):
            async with post(sending, message):
                pass
        assert sending.inside == ["in", "out"]

    asyncio.run(story())


def test_the_connection_learns_why_it_is_left():
    async def story():
        sending = Sending(200, ENCODED)
        with pytest.raises(ZeroDivisionError):
            async with post(sending):
                raise ZeroDivisionError
        assert sending.inside == ["in", "ZeroDivisionError"]

    asyncio.run(story())


def test_nothing_is_sent_before_it_is_entered():
    def send():
        raise UpstreamUnavailable("no secret")

    async def story():
        made = ModernPost("demo", CALL, send, Bounds())
        with pytest.raises(UpstreamUnavailable, match="no secret"):
            async with made:
                pass

    asyncio.run(story())
