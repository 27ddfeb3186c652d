from __future__ import annotations

import asyncio

import pytest

from yett.errors import DownstreamGone
from yett.wire.http import RequestHead
from yett.wire.responder import Responder

GET = RequestHead(method="GET", target=b"/")
HEAD = RequestHead(method="HEAD", target=b"/")
OLD = RequestHead(method="GET", target=b"/", minor=0, closes=True)


class FakeLine:
    def __init__(self, *, closes: bool = False) -> None:
        self.gone = self.congested = False
        self.closes = closes
        self.sent = b""
        self.waits = 0

    def put(self, written: bytes) -> None:
        self.sent += written

    async def flow(self) -> None:
        self.waits += 1

    @property
    def body(self) -> bytes:
        return self.sent.partition(b"\r\n\r\n")[2]


def streamed(head, *chunks):
    line = FakeLine(closes=head.closes)
    responder = Responder(line, head)
    responder.start(200, ())
    for chunk in chunks:
        asyncio.run(responder.write(chunk))
    responder.finish()
    return line


def test_a_whole_answer_starts_and_finishes():
    line = FakeLine()
    responder = Responder(line, GET)
    assert (responder.started, responder.finished) == (False, False)
    responder.send(200, [(b"a", b"b")], b"abc")
    assert (responder.started, responder.finished) == (True, True)
    assert line.sent.startswith(b"HTTP/1.1 200 OK\r\na: b\r\n")
    assert line.body == b"abc"


def test_a_stream_is_chunked_and_an_empty_chunk_does_not_end_it():
    assert streamed(GET, b"abc", b"", b"de").body == b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


def test_an_http_1_0_stream_is_plain():
    line = streamed(OLD, b"abc", b"de")
    assert line.body == b"abcde"
    assert b"chunked" not in line.sent


def test_a_stream_for_a_head_request_is_a_head():
    assert streamed(HEAD, b"abc").body == b""


def test_writing_waits_for_a_slow_client():
    line = FakeLine()
    responder = Responder(line, GET)
    responder.start(200, ())
    asyncio.run(responder.write(b"a"))
    line.congested = True
    asyncio.run(responder.write(b"b"))
    assert line.waits == 1


def test_writing_to_nobody_raises():
    line = FakeLine()
    responder = Responder(line, GET)
    responder.start(200, ())
    line.gone = True
    with pytest.raises(DownstreamGone, match="the client is gone"):
        asyncio.run(responder.write(b"a"))


def test_a_refused_header_leaves_the_answer_unstarted():
    line = FakeLine()
    responder = Responder(line, GET)
    for attempt in (
        lambda: responder.send(200, [(b"a", b"b\r\nc: d")], b""),
        lambda: responder.start(200, [(b"a\n", b"")]),
    ):
        with pytest.raises(ValueError, match="must not be sent"):
            attempt()
    assert (line.sent, responder.started) == (b"", False)
    responder.send(500, [], b"")
    assert responder.finished


def test_an_answer_happens_once_and_in_order():
    responder = Responder(FakeLine(), GET)
    with pytest.raises(RuntimeError, match="not open"):
        responder.finish()
    with pytest.raises(RuntimeError, match="not open"):
        asyncio.run(responder.write(b"a"))
    responder.start(200, ())
    for attempt in (lambda: responder.start(200, ()), lambda: responder.send(200, (), b"")):
        with pytest.raises(RuntimeError, match="begun already"):
            attempt()
    responder.finish()
    responder.finish()
    with pytest.raises(RuntimeError, match="not open"):
        asyncio.run(responder.write(b"a"))
