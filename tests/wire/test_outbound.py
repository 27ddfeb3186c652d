from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yett.errors import PeerError, UpstreamError, UpstreamProtocolError, UpstreamTimeout, UpstreamUnavailable
from yett.wire.origin import Timeouts
from yett.wire.outbound import Outbound, Waiter

OK = b"HTTP/1.1 200 OK\r\n"
THREE = OK + b"Content-Length: 3\r\n\r\nabc"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


def asked(connection, timeouts, *, bodiless=False):
    waiter = Waiter()
    connection.ask(b"request", timeouts, waiter, bodiless=bodiless)
    return waiter.response


class FakeTransport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.aborted = False
        self.paused = False
        self.unsent = 0

    def write(self, data: bytes) -> None:
        self.written += data

    def abort(self) -> None:
        self.aborted = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def get_write_buffer_size(self) -> int:
        return self.unsent


class Wire:
    """A connection over a fake transport, with one request on it."""

    def __init__(self, *, bodiless: bool = False, timeouts: Timeouts | None = None) -> None:
        self.lost: list[Outbound] = []
        self.transport = FakeTransport()
        self.connection = Outbound("http://up", self.lost.append)
        self.connection.connection_made(self.transport)
        self.answer = asked(self.connection, timeouts or Timeouts(), bodiless=bodiless)

    async def outcome(self, *pieces: bytes, end: bool = False) -> object:
        """Status and body, or the error; and whether the connection could be used again."""
        for piece in pieces:
            if not self.transport.aborted:
                self.connection.data_received(piece)
        if end:
            self.connection.eof_received()
            self.connection.connection_lost(None)
        if not self.answer.done():
            return "waiting"
        try:
            response = await self.answer
            if not response.complete and response._error is None:
                return (response.status, "incomplete")
            body = await response.read(1_000_000)
        except (PeerError, UpstreamError) as error:
            return type(error)
        return (response.status, body, self.connection.reusable)


def received(*pieces: bytes, end: bool = False, bodiless: bool = False) -> object:
    async def main() -> object:
        return await Wire(bodiless=bodiless).outcome(*pieces, end=end)

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (THREE, (200, b"abc", True)),
        (CHUNKED, (200, b"abcde", True)),
        (OK + b"Content-Length: 0\r\n\r\n", (200, b"", True)),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"", True)),
        (b"HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n", (302, b"", True)),
        (OK + b"Connection: close\r\nContent-Length: 3\r\n\r\nabc", (200, b"abc", False)),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", (200, b"abc", False)),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + THREE, (200, b"abc", True)),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 8 + THREE, (200, b"abc", True)),
    ],
)
def test_good_answers_are_read(stream, expected):
    assert received(stream) == expected
    assert received(*[stream[at : at + 1] for at in range(len(stream))]) == expected


@pytest.mark.parametrize(
    "stream",
    [
        b"<html>not HTTP</html>",
        b"Hello",
        b"HTTP/1.1 200 OK\n\n",
        b"HTTP/1.1 200 O\rK\r\n\r\n",
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        OK + b"X: " + b"a" * 40_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 9 + THREE,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
    ],
)
def test_broken_answers_end_the_connection_and_break_the_call(stream):
    async def main(*pieces: bytes) -> None:
        wire = Wire()
        assert await wire.outcome(*pieces) is UpstreamProtocolError
        assert wire.transport.aborted
        assert not wire.connection.reusable

    asyncio.run(main(stream))
    asyncio.run(main(*[stream[at : at + 1] for at in range(len(stream))]))


def test_interim_responses_are_counted_for_each_request():
    async def main() -> None:
        wire = Wire()
        for _ in range(3):
            assert await wire.outcome(b"HTTP/1.1 100 Continue\r\n\r\n" * 8 + THREE) == (200, b"abc", True)
            wire.answer = asked(wire.connection, Timeouts())

    asyncio.run(main())


@pytest.mark.parametrize("stream", [THREE, CHUNKED, b"HTTP/1.1 204 No Content\r\n\r\n"])
@pytest.mark.parametrize("rest", [b"x", b"\r\n", THREE])
def test_bytes_behind_an_answer_end_the_connection(stream, rest):
    """H-41: they would answer the next caller's request."""

    async def main() -> None:
        together = await Wire().outcome(stream + rest)
        assert isinstance(together, tuple)
        assert together[-1] is False
        wire = Wire()
        apart = await wire.outcome(stream)
        assert isinstance(apart, tuple)
        assert apart[-1] is True
        wire.connection.data_received(rest)
        assert wire.transport.aborted
        assert not wire.connection.reusable

    asyncio.run(main())


def test_an_answer_that_came_before_the_request_was_sent_ends_the_connection():
    async def main() -> None:
        wire = Wire()
        wire.transport.unsent = 1
        assert await wire.outcome(THREE) == (200, b"abc", False)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"", UpstreamUnavailable),
        (b"HTTP/1.1 100 Continue\r\n\r\n", UpstreamUnavailable),
        (b"HTTP/1.1 200 OK\r\nContent-Len", UpstreamUnavailable),
        (OK + b"Content-Length: 3\r\n\r\nab", UpstreamProtocolError),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", UpstreamProtocolError),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", UpstreamProtocolError),
        (OK + b"\r\nuntil the end", (200, b"until the end", False)),
        (OK + b"\r\n", (200, b"", False)),
    ],
)
def test_only_a_body_without_any_length_may_end_with_the_connection(stream, expected):
    assert received(stream, end=True) == expected


def test_a_connection_that_breaks_is_no_end_of_a_body():
    async def main() -> None:
        wire = Wire()
        wire.connection.data_received(OK + b"\r\nhalf")
        response = await wire.answer
        wire.connection.connection_lost(ConnectionResetError())
        with pytest.raises(UpstreamProtocolError, match="within its response"):
            await response.read(100)
        assert wire.lost == [wire.connection]

    asyncio.run(main())


def test_the_answer_to_a_head_request_ends_with_its_head():
    assert received(OK + b"Content-Length: 3\r\n\r\n", bodiless=True) == (200, b"", True)
    late = received(OK + b"Content-Length: 3\r\n\r\nabc", bodiless=True)
    assert late == (200, b"", False)


@given(st.sampled_from([THREE, CHUNKED, b"HTTP/1.1 100 Continue\r\n\r\n" + THREE, OK + b"\r\nuntil"]), st.data())
@settings(max_examples=150, deadline=None)
def test_how_an_answer_is_cut_makes_no_difference_even_when_it_is_broken(stream, data):
    changed = bytearray(stream)
    for _ in range(data.draw(st.integers(0, 2))):
        changed[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    whole = bytes(changed)
    place = data.draw(st.integers(0, len(whole)))
    assert received(whole[:place], whole[place:], end=True) == received(whole, end=True)


# Time.


def test_a_late_answer_and_a_late_body_are_timeouts():
    async def main() -> None:
        loop = asyncio.get_running_loop()
        late = Wire(timeouts=Timeouts(first_byte=7))
        assert 6 < late.connection.deadline - loop.time() <= 7
        late.connection.expire()
        with pytest.raises(UpstreamTimeout, match="`http://up` did not begin to answer"):
            await late.answer
        stuck = Wire(timeouts=Timeouts(idle=3))
        stuck.connection.data_received(OK + b"Content-Length: 3\r\n\r\na")
        assert 2 < stuck.connection.deadline - loop.time() <= 3
        response = await stuck.answer
        stuck.connection.expire()
        with pytest.raises(UpstreamTimeout, match="did not go on"):
            await response.read(10)
        assert late.transport.aborted
        assert stuck.transport.aborted

    asyncio.run(main())


def test_the_total_bounds_an_endless_trickle():
    async def main() -> None:
        wire = Wire(timeouts=Timeouts(total=5))
        before = wire.connection.deadline
        for piece in (OK, b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", b"1\r\nb\r\n"):
            wire.connection.data_received(piece)
            assert wire.connection.deadline == before

    asyncio.run(main())


def test_no_time_runs_while_our_own_reader_is_slow():
    async def main() -> None:
        wire = Wire(timeouts=Timeouts(idle=3))
        wire.connection.data_received(OK + b"Content-Length: 200000\r\n\r\n" + b"x" * 100_000)
        assert wire.transport.paused
        assert wire.connection.deadline == float("inf")
        response = await wire.answer
        await anext(response.chunks())
        assert not wire.transport.paused
        assert wire.connection.deadline < float("inf")

    asyncio.run(main())


def test_a_large_end_of_a_body_does_not_leave_the_next_call_paused():
    async def main() -> None:
        wire = Wire()
        wire.connection.data_received(OK + b"Content-Length: 200000\r\n\r\n" + b"x" * 200_000)
        assert not wire.transport.paused
        assert wire.connection.reusable
        response = await wire.answer
        assert len(await response.read(200_000)) == 200_000

    asyncio.run(main())


def test_nobody_waits_for_a_connection_that_was_ended():
    async def main() -> None:
        wire = Wire()
        wire.answer.cancel()
        wire.connection.abort()
        wire.connection.connection_lost(None)
        assert wire.lost == [wire.connection]
        idle = Wire()
        await idle.outcome(THREE)
        idle.connection.expire()
        assert idle.transport.aborted

    asyncio.run(main())


def test_an_answer_that_nobody_waits_for_any_more_ends_the_connection():
    async def main() -> None:
        wire = Wire()
        wire.answer.cancel()
        wire.connection.data_received(THREE)
        assert wire.transport.aborted

    asyncio.run(main())


def test_few_and_small_heads_are_remembered():
    async def main() -> None:
        wire = Wire()
        for number in range(10):
            await wire.outcome(OK + b"X: %d\r\nContent-Length: 0\r\n\r\n" % number)
            wire.answer = asked(wire.connection, Timeouts())
            assert len(wire.connection._known) <= 4
        await wire.outcome(OK + b"X: " + b"a" * 1_024 + b"\r\nContent-Length: 0\r\n\r\n")
        assert all(len(raw) <= 1_024 for raw in wire.connection._known)

    asyncio.run(main())
