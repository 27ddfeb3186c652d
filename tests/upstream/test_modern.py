from __future__ import annotations

import asyncio

import pytest

from yett.core.exchange import Era, Mirrored, Tool
from yett.core.message import Notification, Reply, Request
from yett.errors import UpstreamProtocolError, UpstreamUnavailable
from yett.protocol import jsonrpc
from yett.protocol.jsonrpc import Bounds
from yett.upstream import modern
from yett.upstream.modern import Headings, ModernAsked, ModernPost
from yett.upstream.upstream import Arrival, Call
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


def tool(*mirrored):
    return Tool(server="demo", name="x", digest="d", definition={}, mirrored=mirrored)


def calling(name="x", **arguments):
    return Request(id=1, method="tools/call", params={"name": name, "arguments": arguments})


def under(version="2026-07-28", of=None):
    return Call(era=Era.MODERN, version=version, tool=of, caller=None)


def test_headings_say_what_is_called_in_which_version():
    headings = Headings(((b"accept", b"a/b"),))
    expected = b"accept: a/b\r\nmcp-protocol-version: %b\r\nmcp-method: tools/call\r\nmcp-name: %b\r\n"
    for _ in range(2):
        for name in ("x", "y"):
            for version in ("2026-07-28", "2027-01-01"):
                lines = headings.of(calling(name), under(version, tool()))
                assert lines == expected % (version.encode(), name.encode())


def test_headings_are_remembered_for_calls_of_tools_alone():
    headings = Headings(())
    for message in (Request(id=1, method="resources/read", params={"uri": "a://b", "name": "x"}), calling()):
        assert headings.of(message, under()) == headings.of(message, under())
    other = Request(id=1, method="resources/read", params={"uri": "c://d", "name": "x"})
    assert b"c://d" in headings.of(other, under())
    assert headings.of(calling(), under(of=tool())) is headings.of(calling(), under(of=tool()))


def test_a_mirrored_argument_is_in_the_headings_of_its_own_call():
    headings = Headings(())
    with_place = under(of=tool(Mirrored(header="Place", path=("place",), type="string")))
    assert b"mcp-param-place: here" in headings.of(calling(place="here"), with_place)
    assert b"mcp-param-place: there" in headings.of(calling(place="there"), with_place)


def test_headings_are_remembered_within_a_bound(monkeypatch):
    monkeypatch.setattr(modern, "_REMEMBERED", 3)
    headings = Headings(())
    for number in range(20):
        assert b"mcp-name: %d\r\n" % number in headings.of(calling(str(number)), under(of=tool()))
    assert len(headings._known) <= 3


class Pool:
    def __init__(self):
        self.released = []

    def release(self, connection):
        self.released.append(connection)


class Connection:
    aborted = False

    def abort(self):
        self.aborted = True


def asked(pool=None, connection=None) -> ModernAsked:
    return ModernAsked("demo", CALL, Bounds(), pool or Pool(), connection or Connection())


def test_a_request_sent_at_once_takes_a_whole_reply():
    pool, connection = Pool(), Connection()
    one = asked(pool, connection)
    assert one.arrival(Sending(200, ENCODED).response) == Arrival(message=RESULT, encoded=ENCODED)
    one.release()
    assert pool.released == [connection]
    one.abort()
    assert connection.aborted


def test_a_request_sent_at_once_reads_a_stream_and_gives_the_connection_back():
    async def story():
        pool, connection = Pool(), Connection()
        one = asked(pool, connection)
        response = Sending(200, b"data: " + ENCODED + b"\n\n", b"text/event-stream").response
        assert one.arrival(response) is None
        async with one.stream(response) as arrivals:
            assert [arrival async for arrival in arrivals] == [Arrival(message=RESULT, encoded=ENCODED)]
            assert pool.released == []
        assert pool.released == [connection]

    asyncio.run(story())
