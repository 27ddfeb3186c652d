from __future__ import annotations

import asyncio

import pytest

from yett.core.message import Failure, Reply, Request
from yett.errors import UpstreamProtocolError, UpstreamUnavailable
from yett.protocol import jsonrpc
from yett.protocol.event_ids import EventIds
from yett.protocol.jsonrpc import Bounds
from yett.state.sessions import Session
from yett.upstream.answer import accepted, answered, streamed, whole
from yett.upstream.ear import ModernEar, StreamEar
from yett.upstream.upstream import Arrival
from yett.wire.http import ResponseHead
from yett.wire.response import Response

CALL = Request(id=7, method="tools/call", params={"name": "x"})
RESULT = Reply(id=7, result={})
FAILED = Reply(id=7, error=Failure(code=-32602, message="no"))


class Nobody:
    def pause(self):
        pass

    def resume(self):
        pass


def response(status, body=b"", media_type=b"application/json", *more) -> Response:
    headers = ((b"content-type", media_type),) if media_type else ()
    made = Response(ResponseHead(status=status, headers=(*headers, *more), length=len(body)), Nobody())
    if body:
        made.put(body)
    made.end()
    return made


async def all_of(made) -> list[Arrival]:
    arrivals = await answered("demo", made, ModernEar("demo", CALL), Bounds(), None)
    return [arrival async for arrival in arrivals]


@pytest.mark.parametrize(
    "media_type",
    [b"application/json", b"Application/JSON", b"application/json; charset=utf-8", b"application/json;x=y"],
)
def test_a_json_answer_is_one_arrival(media_type):
    encoded = jsonrpc.encode(RESULT)
    assert asyncio.run(all_of(response(200, encoded, media_type))) == [Arrival(message=RESULT, encoded=encoded)]


def test_an_event_stream_is_read_as_one():
    body = b"data: " + jsonrpc.encode(RESULT) + b"\n\n"
    (arrival,) = asyncio.run(all_of(response(200, body, b"text/event-stream;charset=utf-8")))
    assert arrival.message == RESULT


@pytest.mark.parametrize("status", [400, 404, 422, 500, 503])
def test_an_error_in_json_rpc_is_the_reply_whatever_the_status(status):
    encoded = jsonrpc.encode(FAILED)
    assert asyncio.run(all_of(response(status, encoded))) == [Arrival(message=FAILED, encoded=encoded, status=status)]


@pytest.mark.parametrize(
    ("made", "error", "says"),
    [
        (response(401, jsonrpc.encode(FAILED)), UpstreamUnavailable, "refuses the gateway itself, with 401"),
        (response(403), UpstreamUnavailable, "refuses the gateway itself, with 403"),
        (response(307, jsonrpc.encode(FAILED)), UpstreamProtocolError, "redirects, with 307"),
        (response(429), UpstreamUnavailable, "status 429"),
        (response(502, b"<html>", b"text/html"), UpstreamUnavailable, "status 502"),
        (response(500, b"<html>", b"text/html"), UpstreamProtocolError, "status 500"),
        (response(500, b"{}"), UpstreamProtocolError, "status 500"),
        (response(500, jsonrpc.encode(RESULT)), UpstreamProtocolError, "status 500"),
        (response(400, jsonrpc.encode(Reply(id=8, error=FAILED.error))), UpstreamProtocolError, "was not sent"),
        (response(202, b"", b""), UpstreamProtocolError, "202 and no message"),
        (response(200, b"{}", b"text/plain"), UpstreamProtocolError, "200 and no message"),
        (response(200, b"{"), UpstreamProtocolError, "no message: json"),
        (response(200, jsonrpc.encode(CALL)), UpstreamProtocolError, "no reply"),
        (
            response(200, b"\x1f\x8b", b"application/json", (b"content-encoding", b"gzip")),
            UpstreamProtocolError,
            "compressed",
        ),
    ],
)
def test_everything_else_is_an_error(made, error, says):
    with pytest.raises(error, match=says):
        asyncio.run(all_of(made))


def test_a_word_that_needs_no_answer_is_accepted_with_any_success():
    for status in (200, 202, 204):
        accepted(response(status, b"", b""))
    for status, error in ((400, UpstreamProtocolError), (401, UpstreamUnavailable), (302, UpstreamProtocolError)):
        with pytest.raises(error):
            accepted(response(status, b"", b""))


def test_a_get_must_give_an_event_stream():
    ear = StreamEar("demo", Session("s", owner=("", ""), server="demo"), resumed=False)
    streamed("demo", response(200, b"", b"text/event-stream"), ear, Bounds(), EventIds("x"))
    for made in (response(200, b"{}"), response(200, b"", b""), response(400, jsonrpc.encode(FAILED))):
        with pytest.raises(UpstreamProtocolError):
            streamed("demo", made, ear, Bounds(), EventIds("x"))


def at_once(made) -> Arrival | None:
    return whole(made, "demo", CALL, Bounds())


def test_a_reply_that_lies_here_whole_needs_no_waiting():
    body = jsonrpc.encode(RESULT)
    assert at_once(response(200, body)) == Arrival(message=RESULT, encoded=body)


@pytest.mark.parametrize(
    "made",
    [
        response(200, b"data: {}\n\n", b"text/event-stream"),
        response(201, jsonrpc.encode(RESULT)),
        response(404, jsonrpc.encode(FAILED)),
        response(200, b""),
        Response(ResponseHead(status=200, headers=((b"content-type", b"application/json"),), length=9), Nobody()),
    ],
)
def test_every_other_answer_is_left_to_be_read(made):
    pieces = len(made._pieces)
    assert at_once(made) is None
    assert len(made._pieces) == pieces


@pytest.mark.parametrize("body", [b"{", jsonrpc.encode(CALL), jsonrpc.encode(Reply(id=8, result={}))])
def test_a_whole_answer_that_is_no_reply_to_this_request_is_an_error(body):
    with pytest.raises(UpstreamProtocolError):
        at_once(response(200, body))
