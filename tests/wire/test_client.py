from __future__ import annotations

import asyncio
import socket
import ssl
import struct

import pytest
import trustme

from yett.errors import UpstreamProtocolError, UpstreamTimeout, UpstreamUnavailable
from yett.wire.client import Held, Origin, Pool, Timeouts, checked
from yett.wire.outbound import Waiter
from yett.wire.tls import client_context

CA = trustme.CA()
OK = b"HTTP/1.1 200 OK\r\n"
THREE = OK + b"Content-Length: 3\r\n\r\nabc"
FOUR = OK + b"Content-Length: 4\r\n\r\nnext"
REDIRECT = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"


def pool_of(up, **options) -> Pool:
    return Pool(Origin(scheme="http", host="127.0.0.1", port=up.port), **options)


async def call(pool: Pool, **options) -> tuple[int, bytes]:
    async with pool.request(b"POST", b"/mcp", ((b"mcp-method", b"ping"),), b"{}", **options) as response:
        return response.status, await response.read(1_000_000)


def serving_context(name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def ca_file(tmp_path):
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


# What is sent.


def test_a_request_is_sent_as_one_and_only_with_what_was_given(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(THREE, THREE)) as up:
            pool = pool_of(up)
            assert await call(pool) == (200, b"abc")
            async with pool.request(b"GET", b"/mcp?x=y", (), b"") as response:
                assert response.get(b"content-length") == b"3"
                await response.read(3)
            host = b"host: 127.0.0.1:%d\r\naccept-encoding: identity\r\n" % up.port
            assert up.requests == [
                b"POST /mcp HTTP/1.1\r\n" + host + b"mcp-method: ping\r\ncontent-length: 2\r\n\r\n{}",
                b"GET /mcp?x=y HTTP/1.1\r\n" + host + b"\r\n",
            ]
            await pool.close()

    run(main())


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        (b"GET /x HTTP/1.1\r\nX:", b"/", ()),
        (b"get", b"/", ()),
        (b"GET", b"", ()),
        (b"GET", b"mcp", ()),
        (b"GET", b"http://evil.example/", ()),
        (b"GET", b"/a b", ()),
        (b"GET", b"/a\r\nx: y", ()),
        (b"GET", b"/#", ()),
        (b"GET", b"/", ((b"x", b"a\r\ny: b"),)),
        (b"GET", b"/", ((b"x", b"a\r\n\r\nGET / HTTP/1.1"),)),
        (b"GET", b"/", ((b"x\n", b"a"),)),
        (b"GET", b"/", ((b"host", b"evil.example"),)),
        (b"GET", b"/", ((b"content-length", b"3"),)),
        (b"GET", b"/", ((b"transfer-encoding", b"chunked"),)),
        (b"GET", b"/", ((b"accept-encoding", b"gzip"),)),
    ],
)
def test_what_must_not_be_sent_is_not(method, path, headers):
    pool = Pool(Origin(scheme="http", host="a", port=80))
    with pytest.raises(ValueError, match=r"must not be sent|writes `"):
        pool.request(method, path, headers, b"")


def test_headers_may_be_checked_beforehand(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(THREE, THREE)) as up:
            pool = pool_of(up)
            lines = checked(((b"mcp-method", b"ping"),))
            async with pool.request(b"POST", b"/mcp", (), b"{}", lines=lines) as response:
                assert await response.read(9) == b"abc"
            async with pool.request(b"POST", b"/mcp", ((b"x-key", b"k"),), b"{}", lines=lines) as response:
                await response.read(9)
            await pool.close()
            first, second = up.requests
        assert b"\r\nmcp-method: ping\r\ncontent-length: 2\r\n" in first
        assert b"\r\nx-key: k\r\nmcp-method: ping\r\n" in second

    run(main())


@pytest.mark.parametrize("header", [(b"host", b"x"), (b"content-length", b"3"), (b"a", b"b\r\nc: d")])
def test_what_must_not_be_sent_does_not_pass_the_check_either(header):
    with pytest.raises(ValueError, match=r"itself|must not be sent"):
        checked((header,))


def test_tls_is_given_for_https_and_only_there():
    with pytest.raises(ValueError, match="do not fit together"):
        Pool(Origin(scheme="https", host="a", port=443))
    with pytest.raises(ValueError, match="do not fit together"):
        Pool(Origin(scheme="http", host="a", port=80), tls=client_context())


# What comes back.


def test_a_clean_connection_is_used_again(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(THREE, FOUR, THREE)) as up:
            pool = pool_of(up)
            assert [await call(pool) for _ in range(3)] == [(200, b"abc"), (200, b"next"), (200, b"abc")]
            assert (up.accepted, pool.open) == (1, 1)
            await pool.close()

    run(main())


def test_a_redirect_is_an_answer_and_is_not_followed(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(REDIRECT)) as up:
            pool = pool_of(up)
            assert await call(pool) == (307, b"")
            assert len(up.requests) == 1
            await pool.close()

    run(main())


@pytest.mark.parametrize("answer", [THREE + OK, OK + b"Connection: close\r\nContent-Length: 3\r\n\r\nabc"])
def test_a_connection_that_is_not_clean_is_not_used_again(run, upstream, saying, answer):
    async def main() -> None:
        async with upstream(saying(answer), saying(FOUR)) as up:
            pool = pool_of(up)
            assert await call(pool) == (200, b"abc")
            assert await call(pool) == (200, b"next")
            assert up.accepted == 2
            await pool.close()

    run(main())


def test_a_response_nobody_asked_for_is_nobodys_answer(run, upstream, saying):
    async def main() -> None:
        sent = asyncio.Event()

        async def pushing(up, reader, writer) -> None:
            await up.read(reader)
            writer.write(THREE)
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.write(OK + b"Content-Length: 6\r\n\r\npoison")
            await writer.drain()
            sent.set()
            await reader.read()

        async with upstream(pushing, saying(FOUR)) as up:
            pool = pool_of(up)
            assert await call(pool) == (200, b"abc")
            await sent.wait()
            await up.until(lambda: not pool.open)
            assert await call(pool) == (200, b"next")
            await pool.close()

    run(main())


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>hello</html>",
        b"HTTP/1.1 200 OK\n\nabc",
        b"HTTP/1.1 200 O\rK\r\n\r\n",
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 100,
        OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        OK + b"X: " + b"a" * 100_000,
        OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ],
)
def test_a_broken_answer_is_an_error_and_the_next_call_gets_a_fresh_connection(run, upstream, saying, answer):
    async def main() -> None:
        async with upstream(saying(answer), saying(THREE)) as up:
            pool = pool_of(up)
            with pytest.raises(UpstreamProtocolError):
                await call(pool)
            assert await call(pool) == (200, b"abc")
            assert (up.accepted, len(up.requests)) == (2, 2)
            await pool.close()

    run(main())


def test_a_body_too_long_is_an_error_and_the_end_of_the_connection(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(OK + b"Content-Length: 1000001\r\n\r\n" + b"x" * 1_000_001), saying(THREE)) as up:
            pool = pool_of(up)
            with pytest.raises(UpstreamProtocolError, match="longer than"):
                await call(pool)
            assert await call(pool) == (200, b"abc")
            await pool.close()

    run(main())


def test_a_body_may_end_with_the_connection(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(OK + b"\r\nuntil the end", end=True)) as up:
            pool = pool_of(up)
            assert await call(pool) == (200, b"until the end")
            await pool.close()

    run(main())


def test_a_stream_arrives_as_it_is_sent(run, upstream):
    async def main() -> None:
        turn = asyncio.Semaphore(0)

        async def streaming(up, reader, writer) -> None:
            await up.read(reader)
            writer.write(OK + b"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for number in range(3):
                await turn.acquire()
                writer.write(b"8\r\ndata: %d\n\r\n" % number)
            await turn.acquire()
            writer.write(b"0\r\n\r\n")
            await reader.read()

        async with upstream(streaming) as up:
            pool = pool_of(up)
            async with pool.request(b"POST", b"/mcp", (), b"{}") as response:
                seen = []
                turn.release()
                async for piece in response.chunks():
                    seen.append(piece)
                    turn.release()
            assert seen == [b"data: 0\n", b"data: 1\n", b"data: 2\n"]
            assert pool.open == 1
            await pool.close()

    run(main())


def test_an_upstream_faster_than_its_reader_has_to_wait(run, upstream):
    async def main() -> None:
        sent = 0

        async def flooding(up, reader, writer) -> None:
            nonlocal sent
            await up.read(reader)
            writer.write(OK + b"Content-Length: 40000000\r\n\r\n")
            for _ in range(400):
                writer.write(b"x" * 100_000)
                await writer.drain()
                sent += 1
            await reader.read()

        async with upstream(flooding) as up:
            pool = pool_of(up)
            async with pool.request(b"GET", b"/", (), b"") as response:
                before = -1
                while sent != before:
                    before = sent
                    await asyncio.sleep(0.05)
                assert sent < 300
                assert response._held < 1_000_000
                assert sum([len(piece) async for piece in response.chunks()]) == 40_000_000
            await pool.close()

    run(main())


# Leaving.


@pytest.mark.parametrize(
    "begin", [b"", OK + b"Content-Length: 9\r\n\r\nabc", OK + b"Transfer-Encoding: chunked\r\n\r\n"]
)
def test_cancelling_a_call_ends_its_connection_at_once(run, upstream, begin):
    async def main() -> None:
        asked, left = asyncio.Event(), asyncio.Event()

        async def waiting(up, reader, writer) -> None:
            await up.read(reader)
            writer.write(begin)
            asked.set()
            try:
                await reader.read()
            finally:
                left.set()

        async with upstream(waiting) as up:
            pool = pool_of(up)
            task = asyncio.create_task(call(pool))
            await asked.wait()
            for _ in range(5):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await left.wait()
            await up.until(lambda: not pool.open)
            await pool.close()

    run(main())


def test_leaving_a_stream_early_ends_its_connection(run, upstream):
    async def main() -> None:
        left = asyncio.Event()

        async def endless(up, reader, writer) -> None:
            await up.read(reader)
            writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            try:
                await reader.read()
            finally:
                left.set()

        async with upstream(endless) as up:
            pool = pool_of(up)
            async with pool.request(b"GET", b"/", (), b"") as response:
                async for piece in response.chunks():
                    assert piece == b"abc"
                    break
            await left.wait()
            await pool.close()

    run(main())


def test_a_response_that_was_complete_but_not_read_keeps_its_connection(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(THREE, FOUR)) as up:
            pool = pool_of(up)
            async with pool.request(b"GET", b"/", (), b"") as response:
                assert response.status == 200
            assert await call(pool) == (200, b"next")
            assert up.accepted == 1
            await pool.close()

    run(main())


# Never twice.


def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize("hard", [True, False])
def test_a_request_that_was_sent_is_not_sent_again(run, upstream, saying, hard):
    async def main() -> None:
        async def once(up, reader, writer) -> None:
            await up.read(reader)
            writer.write(THREE)
            await up.read(reader)
            if hard:
                hang_up(writer)

        async with upstream(once, saying(THREE)) as up:
            pool = pool_of(up)
            assert await call(pool) == (200, b"abc")
            with pytest.raises(UpstreamUnavailable, match="ended the connection before it answered"):
                await call(pool)
            assert (up.accepted, len(up.requests)) == (1, 2)
            await pool.close()

    run(main())


def test_a_connection_that_ended_meanwhile_is_replaced_before_anything_is_sent(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(THREE, end=True), saying(FOUR)) as up:
            pool = pool_of(up)
            assert await call(pool) == (200, b"abc")
            await up.until(lambda: not pool.open)
            assert await call(pool) == (200, b"next")
            await pool.close()

    run(main())


# Time and reach.


def test_nobody_there_is_unavailable(run):
    async def main() -> None:
        pool = Pool(Origin(scheme="http", host="127.0.0.1", port=1))
        with pytest.raises(UpstreamUnavailable, match=r"cannot connect to `http://127.0.0.1:1`: .*refused"):
            await call(pool)
        # No host name at all: known without asking a name server.
        with pytest.raises(UpstreamUnavailable, match="cannot connect to"):
            await call(Pool(Origin(scheme="http", host="a" * 200, port=1)))

    run(main())


def test_a_connection_that_is_not_made_in_time_is_a_timeout(run):
    async def main() -> None:
        full = socket.socket()
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        pool = Pool(
            Origin(scheme="http", host="127.0.0.1", port=full.getsockname()[1]), timeouts=Timeouts(connect=0.05)
        )
        with pytest.raises(UpstreamTimeout, match=r"cannot connect .* in time"):
            await call(pool)
        assert pool.open == 0
        for used in (full, *fillers):
            used.close()

    run(main())


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_an_answer_that_does_not_begin_in_time_is_a_timeout(run, upstream, saying, begin):
    async def main() -> None:
        async with upstream(saying(begin), saying(THREE)) as up:
            pool = pool_of(up, timeouts=Timeouts(first_byte=0.05))
            with pytest.raises(UpstreamTimeout, match="did not begin to answer"):
                await call(pool)
            assert await call(pool) == (200, b"abc")
            await pool.close()

    run(main())


def test_a_body_that_stops_is_a_timeout_after_what_came_before(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(OK + b"Content-Length: 10\r\n\r\nabc")) as up:
            pool = pool_of(up, timeouts=Timeouts(first_byte=5, idle=0.05))
            async with pool.request(b"GET", b"/", (), b"") as response:
                pieces = response.chunks()
                assert await anext(pieces) == b"abc"
                with pytest.raises(UpstreamTimeout, match="did not go on"):
                    await anext(pieces)
            await pool.close()

    run(main())


def test_one_call_may_have_times_of_its_own(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(b"")) as up:
            pool = pool_of(up, timeouts=Timeouts(idle=0.05))
            with pytest.raises(UpstreamTimeout):
                await call(pool, timeouts=Timeouts(first_byte=0.05))
            await pool.close()

    run(main())


def test_calls_under_way_fail_when_the_pool_is_closed(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(b"")) as up:
            pool = pool_of(up)
            task = asyncio.create_task(call(pool))
            await up.until(lambda: up.requests)
            await pool.close()
            with pytest.raises(UpstreamUnavailable, match="were closed"):
                await task
            with pytest.raises(UpstreamUnavailable, match="were closed"):
                await call(pool)
            assert pool.open == 0

    run(main())


def test_many_calls_share_few_connections(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(*[THREE] * 100)) as up:
            pool = pool_of(up, max_connections=3)
            answers = await asyncio.gather(*(call(pool) for _ in range(60)))
            assert set(answers) == {(200, b"abc")}
            assert up.accepted <= 3
            await pool.close()

    run(main())


# TLS.


def test_a_verified_upstream_is_called_over_tls(run, upstream, saying, ca_file):
    async def main() -> None:
        async with upstream(saying(THREE, FOUR), tls=serving_context()) as up:
            pool = Pool(Origin(scheme="https", host="localhost", port=up.port), tls=client_context(ca_file))
            assert [await call(pool), await call(pool)] == [(200, b"abc"), (200, b"next")]
            assert up.accepted == 1
            await pool.close()

    run(main())


@pytest.mark.parametrize(("name", "known"), [("other.example", True), ("localhost", False)])
def test_an_upstream_that_cannot_prove_who_it_is_gets_nothing(run, upstream, saying, ca_file, name, known):
    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        async with upstream(saying(THREE), tls=serving_context(name)) as up:
            context = client_context(ca_file if known else None)
            pool = Pool(Origin(scheme="https", host="localhost", port=up.port), tls=context)
            with pytest.raises(UpstreamUnavailable, match="its certificate is not accepted"):
                await call(pool)
            assert up.requests == []
            assert pool.open == 0

    run(main())


def test_an_upstream_without_tls_gets_nothing(run, upstream, ca_file):
    async def main() -> None:
        seen = []

        async def note(up, reader, writer) -> None:
            seen.append(await reader.read(5))
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        async with upstream(note) as up:
            pool = Pool(Origin(scheme="https", host="localhost", port=up.port), tls=client_context(ca_file))
            with pytest.raises(UpstreamUnavailable, match="no TLS"):
                await call(pool)
            assert seen == [b"\x16\x03\x01" + seen[0][3:]]

    run(main())


def test_an_idle_connection_can_be_asked_at_once_and_is_given_back(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(THREE, FOUR, THREE)) as up:
            pool = pool_of(up)
            waiter = Waiter()
            assert pool.post(b"/mcp", (), b"{}", waiter) is None  # nothing is idle yet: nothing was sent
            assert await call(pool) == (200, b"abc")
            connection = pool.post(b"/mcp", ((b"mcp-method", b"ping"),), b"{}", waiter)
            assert pool.post(b"/mcp", (), b"{}", Waiter()) is None  # the only one is in use
            async with Held(pool, connection, await waiter.response) as response:
                assert response.whole(4) == b"next"
            assert up.requests[1] == up.requests[0]
            assert await call(pool) == (200, b"abc")
            assert pool.open == 1
            await pool.close()

    run(main())


def test_a_held_answer_that_is_left_unread_ends_its_connection(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(THREE, OK + b"Content-Length: 9\r\n\r\nabc")) as up:
            pool = pool_of(up)
            await call(pool)
            waiter = Waiter()
            connection = pool.post(b"/mcp", (), b"{}", waiter)
            async with Held(pool, connection, await waiter.response):
                pass
            assert connection.lost
            await pool.close()

    run(main())
