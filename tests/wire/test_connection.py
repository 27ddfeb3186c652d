from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

import pytest

from yett.errors import DownstreamGone
from yett.wire.connection import Connection
from yett.wire.limits import ListenerLimits
from yett.wire.listener import Listener

GET = b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"


def responses(stream: bytes) -> list[tuple[int, bytes]]:
    """Status and body of each response; for responses with a length."""
    found = []
    while stream:
        head, _, rest = stream.partition(b"\r\n\r\n")
        lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(lines.get(b"content-length", b"0"))
        found.append((int(head[9:12]), rest[:length]))
        stream = rest[length:]
    return found


def statuses(stream: bytes) -> list[int]:
    return [status for status, _ in responses(stream)]


class Held:
    """An answerer that waits until it is let go, and remembers how it ended."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.ended = asyncio.Event()
        self.cancelled = False
        self.count = 0

    async def __call__(self, incoming, responder) -> None:
        self.count += 1
        self.begun.set()
        try:
            await self.go.wait()
            responder.send(200, (), incoming.body)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        finally:
            self.ended.set()


# What is refused, and what is not.


def test_every_malformed_request_gets_one_answer_one_report_and_the_end(run, gate, refused_corpus):
    async def main() -> None:
        async with gate(head_seconds=5, body_seconds=5) as house:
            for row in refused_corpus:
                house.rejected.clear()
                answer = await house.talk(row.stream)
                assert statuses(answer) == [row.status], row
                assert b"\r\nconnection: close\r\n" in answer
                assert house.statuses == [row.status], row
                assert house.rejected[0][0] == "127.0.0.1"

    run(main())


def test_every_good_request_is_answered(run, gate, accepted_corpus):
    async def main() -> None:
        async with gate() as house:
            for row in accepted_corpus:
                answer = await house.talk(row.stream + (b"" if b"HTTP/1.0" in row.stream else LAST))
                bodies = [body.split(b" ", 2)[2] for status, body in responses(answer) if status == 200]
                expected = row.bodies if b"HTTP/1.0" in row.stream else [*row.bodies, b""]
                assert bodies == expected or b"HEAD" in row.stream
            assert house.rejected == []

    run(main())


def test_nothing_is_answered_behind_an_error(run, gate):
    async def main() -> None:
        async with gate() as house:
            answer = await house.talk(GET % 1 + b"GET /\n" + GET % 2)
            assert statuses(answer) == [200, 400]
            assert house.statuses == [400]

    run(main())


def test_a_client_that_sends_on_after_a_refusal_still_reads_it(run, gate):
    async def main() -> None:
        async with gate() as house:
            head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n"
            answer = await house.talk(head, *[b"x" * 100_000] * 30)
            assert statuses(answer) == [413]
            assert house.statuses == [413]

    run(main())


def test_a_client_that_sends_on_for_ever_after_a_refusal_is_cut_off(run, gate):
    async def main() -> None:
        async with gate() as house:
            _, writer = await house.connect()
            writer.write(b"GET /\n")
            with contextlib.suppress(ConnectionError):
                while house.server.connections:
                    writer.write(b"x" * 1_000_000)
                    await writer.drain()
            await house.until(lambda: not house.server.connections)
            writer.close()

    run(main())


# One after the other.


def test_a_thousand_pipelined_requests_are_answered_in_order(run, gate):
    async def main() -> None:
        async with gate() as house:
            answer = await house.talk(b"".join(GET % number for number in range(1_000)) + LAST)
            expected = [b"GET /%d " % number for number in range(1_000)] + [b"GET /last "]
            assert [body for _, body in responses(answer)] == expected

    run(main())


def test_a_connection_serves_one_request_after_the_other(run, gate):
    async def main() -> None:
        async with gate() as house:
            reader, writer = await house.connect()
            for number in range(3):
                writer.write(GET % number)
                assert (await reader.readuntil(b"GET /%d " % number)).startswith(b"HTTP/1.1 200 OK\r\n")
            assert house.server.connections == 1
            writer.close()

    run(main())


def test_the_second_request_waits_for_the_first_answer(run, gate):
    async def main() -> None:
        held = Held()
        async with gate(held) as house:
            talk = asyncio.create_task(house.talk(GET % 1 + LAST))
            await held.begun.wait()
            for _ in range(20):
                await asyncio.sleep(0)
            assert held.count == 1
            held.go.set()
            assert statuses(await talk) == [200, 200]
            assert held.count == 2

    run(main())


def test_nothing_is_answered_behind_connection_close(run, gate):
    async def main() -> None:
        async with gate() as house:
            answer = await house.talk(LAST + GET % 2)
            assert [body for _, body in responses(answer)] == [b"GET /last "]

    run(main())


def test_a_client_that_had_to_wait_is_read_from_again(run, gate):
    async def main() -> None:
        held = Held()
        async with gate(held) as house:
            talk = asyncio.create_task(house.talk(b"".join(GET % number for number in range(10_000)) + LAST))
            await held.begun.wait()
            (connection,) = house.server._listener.watch.members
            await house.until(lambda: connection._paused)
            held.go.set()
            assert statuses(await talk) == [200] * 10_001

    run(main())


def test_a_client_that_pipelines_without_end_has_to_wait(run, gate):
    async def main() -> None:
        held = Held()
        async with gate(held) as house:
            _, writer = await house.connect()
            writer.transport.set_write_buffer_limits(high=0)
            writer.write(GET % 1)
            await held.begun.wait()
            with contextlib.suppress(TimeoutError):
                while True:
                    writer.write((GET % 2) * 10_000)
                    await asyncio.wait_for(writer.drain(), 0.2)
            (connection,) = house.server._listener.watch.members
            assert len(connection._reader.pending) <= 65_536 + 16_384
            assert held.count == 1
            writer.transport.abort()

    run(main())


# In time.


def test_a_slow_head_is_answered_with_408_however_it_trickles(run, gate):
    async def main() -> None:
        async with gate(head_seconds=0.1) as house:
            reader, writer = await house.connect()
            writer.write(b"GET / HTTP/1.1\r\nHost: ")
            while not house.rejected:  # for ever, if every byte bought more time
                writer.write(b"a")
                await asyncio.sleep(0.01)
            assert statuses(await reader.read()) == [408]
            assert house.rejected == [("127.0.0.1", 408, "the head of the request took too long")]
            writer.close()

    run(main())


@pytest.mark.parametrize("body", [b"", b"abc"])
def test_a_slow_body_is_answered_with_408(run, gate, body):
    async def main() -> None:
        async with gate(body_seconds=0.05) as house:
            assert statuses(await house.talk(POST + body)) == [408]
            assert house.rejected == [("127.0.0.1", 408, "the body of the request took too long")]

    run(main())


def test_an_expectation_is_met_and_nothing_behind_it_is_408(run, gate):
    async def main() -> None:
        async with gate(body_seconds=0.05) as house:
            answer = await house.talk(
                b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
            )
            assert statuses(answer) == [100, 408]

    run(main())


def test_an_expectation_is_met_once_and_the_body_follows(run, gate):
    async def main() -> None:
        async with gate() as house:
            reader, writer = await house.connect()
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(b"ab")
            writer.write(b"cde" + LAST)
            answer = await reader.read()
            assert [body for _, body in responses(answer)] == [b"POST / abcde", b"GET /last "]
            writer.close()

    run(main())


@pytest.mark.parametrize("before", [b"", GET % 1])
def test_an_idle_client_is_left_without_a_word(run, gate, before):
    async def main() -> None:
        async with gate(idle_seconds=0.05, head_seconds=0.05) as house:
            answer = await house.talk(before)
            assert statuses(answer) == [200] * bool(before)
            assert house.rejected == []

    run(main())


def test_no_time_runs_while_an_answer_is_under_way(run, gate):
    async def main() -> None:
        held = Held()
        async with gate(held, idle_seconds=0.04, head_seconds=0.04, body_seconds=0.04, write_seconds=0.04) as house:
            talk = asyncio.create_task(house.talk(LAST))
            await held.begun.wait()
            await asyncio.sleep(0.1)
            held.go.set()
            assert statuses(await talk) == [200]

    run(main())


# The client leaves.


def reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize("leave", [asyncio.StreamWriter.close, asyncio.StreamWriter.write_eof, reset])
def test_an_answer_is_cancelled_when_its_client_leaves(run, gate, leave):
    async def main() -> None:
        held = Held()
        async with gate(held) as house:
            _, writer = await house.connect()
            writer.write(GET % 1)
            await held.begun.wait()
            leave(writer)
            await held.ended.wait()
            assert held.cancelled
            writer.close()

    run(main())


def test_a_stream_is_cancelled_when_its_client_leaves(run, gate):
    async def main() -> None:
        ended = asyncio.Event()

        async def ticking(incoming, responder) -> None:
            responder.start(200, ())
            try:
                while True:
                    await responder.write(b"tick")
                    await asyncio.sleep(0.001)
            finally:
                ended.set()

        async with gate(ticking) as house:
            reader, writer = await house.connect()
            writer.write(GET % 1)
            await reader.readuntil(b"tick")
            writer.close()
            await ended.wait()

    run(main())


def test_what_follows_a_complete_answer_is_not_cancelled(run, gate):
    async def main() -> None:
        answered, left, kept = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def bookkeeping(incoming, responder) -> None:
            responder.send(200, (), b"")
            answered.set()
            await left.wait()
            kept.set()

        async with gate(bookkeeping) as house:
            _, writer = await house.connect()
            writer.write(GET % 1)
            await answered.wait()
            writer.close()
            await house.until(lambda: not house.server.connections)
            left.set()
            await kept.wait()

    run(main())


def test_half_a_request_and_a_farewell_are_nothing(run, gate):
    async def main() -> None:
        async with gate() as house:
            _, writer = await house.connect()
            writer.write(POST + b"ab")
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            await house.until(lambda: not house.server.connections)
            assert house.rejected == []

    run(main())


# The client reads slowly.


def test_a_stream_waits_for_its_client_and_arrives_whole(run, gate):
    async def main() -> None:
        written = 0

        async def flood(incoming, responder) -> None:
            nonlocal written
            responder.start(200, ())
            for _ in range(400):
                await responder.write(b"x" * 50_000)
                written += 1
            responder.finish()

        async with gate(flood) as house:
            reader, writer = await house.connect()
            writer.transport.pause_reading()
            writer.write(LAST)
            before = -1
            while written != before:
                before = written
                await asyncio.sleep(0.05)
            assert written < 300
            (connection,) = house.server._listener.watch.members
            assert connection._transport.get_write_buffer_size() < 65_536 + 50_010
            writer.transport.resume_reading()
            stream = await reader.read()
            assert stream.count(b"x" * 50_000) == 400
            assert stream.endswith(b"\r\n0\r\n\r\n")
            writer.close()

    run(main())


def test_a_client_that_does_not_read_a_stream_is_left_and_the_answer_cancelled(run, gate):
    async def main() -> None:
        ended = asyncio.Event()

        async def flood(incoming, responder) -> None:
            responder.start(200, ())
            try:
                while True:
                    await responder.write(b"x" * 50_000)
            finally:
                ended.set()

        async with gate(flood, write_seconds=0.1) as house:
            _, writer = await house.connect()
            writer.transport.pause_reading()
            writer.write(GET % 1)
            await ended.wait()
            await house.until(lambda: not house.server.connections)
            writer.transport.abort()

    run(main())


@pytest.mark.parametrize("request_bytes", [GET % 1, LAST, (GET % 1) * 3])
def test_a_client_that_does_not_read_a_whole_answer_is_left(run, gate, request_bytes):
    async def main() -> None:
        async def large(incoming, responder) -> None:
            responder.send(200, (), b"x" * 20_000_000)

        async with gate(large, write_seconds=0.1) as house:
            _, writer = await house.connect()
            writer.transport.pause_reading()
            writer.write(request_bytes)
            await writer.drain()
            await asyncio.sleep(0.01)
            await house.until(lambda: not house.server.connections)
            writer.transport.abort()

    run(main())


def test_the_next_request_waits_until_the_last_answer_is_on_its_way(run, gate):
    async def main() -> None:
        served = 0

        async def large(incoming, responder) -> None:
            nonlocal served
            served += 1
            responder.send(200, (), b"x" * 20_000_000)

        async with gate(large) as house:
            reader, writer = await house.connect()
            writer.transport.pause_reading()
            writer.write(GET % 1 + LAST)
            await writer.drain()
            await asyncio.sleep(0.05)
            assert served == 1
            writer.transport.resume_reading()
            assert [len(body) for _, body in responses(await reader.read())] == [20_000_000] * 2
            writer.close()

    run(main())


class FakeTransport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.unsent = 0
        self.written = b""
        self.aborted = False
        self.paused = False

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def set_write_buffer_limits(self, high=None, low=None) -> None: ...

    def abort(self) -> None:
        self.aborted = True

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None: ...

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None: ...


def receive(connection: Connection, received: bytes) -> None:
    connection._listener.buffer[: len(received)] = received
    connection.buffer_updated(len(received))


def test_a_client_that_closes_its_side_is_left_even_when_it_reads_nothing(run):
    async def main() -> None:
        listener = Listener(Held(), ListenerLimits(), lambda *_: None)
        connection, transport = Connection(listener, "192.0.2.1", 1), FakeTransport()
        connection.connection_made(transport)
        receive(connection, LAST)
        transport.unsent = 100_000
        assert connection.eof_received() is False
        assert transport.aborted
        (task,) = listener.exchanges
        task.cancel()

    run(main())


def test_only_so_much_is_dropped_after_a_refusal(run):
    async def main() -> None:
        listener = Listener(Held(), ListenerLimits(), lambda *_: None)
        connection, transport = Connection(listener, "192.0.2.1", 1), FakeTransport()
        connection.connection_made(transport)
        receive(connection, b"GET /\n")
        for _ in range(64):
            receive(connection, b"x" * 65_536)
            assert not transport.aborted
        receive(connection, b"x")
        assert transport.aborted

    run(main())


def test_a_refused_client_is_read_from_again_so_that_its_end_is_seen(run):
    async def main() -> None:
        held = Held()
        listener = Listener(held, ListenerLimits(), lambda *_: None)
        connection, transport = Connection(listener, "192.0.2.1", 1), FakeTransport()
        connection.connection_made(transport)
        receive(connection, GET % 1 + b"GET /\n" + b"x" * 20_000)
        assert transport.paused
        held.go.set()
        await held.ended.wait()
        await asyncio.sleep(0)  # the connection goes on once the task is done
        assert connection._state.value == "leaving"
        assert not transport.paused

    run(main())


def test_dropping_after_a_refusal_ends_in_time_too(run):
    async def main() -> None:
        listener = Listener(Held(), ListenerLimits(), lambda *_: None)
        connection, transport = Connection(listener, "192.0.2.1", 1), FakeTransport()
        connection.connection_made(transport)
        receive(connection, b"GET /\n")
        assert connection.deadline - asyncio.get_running_loop().time() <= 2
        connection.expire()
        assert transport.aborted

    run(main())


def test_a_slow_client_that_makes_progress_is_not_left(run):
    async def main() -> None:
        connection = Connection(Listener(Held(), ListenerLimits(), lambda *_: None), "192.0.2.1", 1)
        transport = FakeTransport()
        connection.connection_made(transport)
        connection._state = connection._state.__class__.FLUSHING
        transport.unsent = 1_000_000
        connection.pause_writing()
        for unsent in (900_000, 800_000, 300_000, 100_000, 40_000, 20_000):
            transport.unsent = unsent
            connection.expire()
            assert not transport.aborted
        transport.unsent = 15_000
        connection.expire()
        assert transport.aborted

    run(main())


def test_whoever_waits_to_write_learns_that_the_client_is_gone(run):
    async def main() -> None:
        listener = Listener(Held(), ListenerLimits(), lambda *_: None)
        connection = Connection(listener, "192.0.2.1", 1)
        listener.peers.enter("192.0.2.1")
        connection.connection_made(FakeTransport())
        connection.pause_writing()
        waiting = [asyncio.create_task(connection.flow()) for _ in range(2)]
        await asyncio.sleep(0)
        connection.connection_lost(None)
        for task in waiting:
            with pytest.raises(DownstreamGone, match="the client is gone"):
                await task
        with pytest.raises(DownstreamGone, match="the client is gone"):
            await connection.flow()

    run(main())


# The answerer misbehaves.


async def raising(incoming, responder) -> None:
    raise LookupError("SECRET")


async def silent(incoming, responder) -> None: ...


async def splitting(incoming, responder) -> None:
    responder.send(200, ((b"x", b"a\r\nset-cookie: b"),), b"")


@pytest.mark.parametrize("answer", [raising, silent, splitting])
def test_an_answerer_that_does_not_answer_is_a_500_and_the_end(run, gate, answer):
    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        async with gate(answer) as house:
            stream = await house.talk(GET % 1 + GET % 2)
            assert statuses(stream) == [500]
            assert b"SECRET" not in stream
            assert b"set-cookie" not in stream
            assert house.rejected == []

    run(main())


@pytest.mark.parametrize("end", [silent, raising])
def test_half_an_answer_does_not_look_complete(run, gate, end):
    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)

        async def half(incoming, responder) -> None:
            responder.start(200, ())
            await responder.write(b"half")
            await asyncio.sleep(0.01)
            await end(incoming, responder)

        async with gate(half) as house:
            reader, writer = await house.connect()
            writer.write(GET % 1)
            await reader.readuntil(b"half\r\n")
            try:
                rest = await reader.read()
            except ConnectionResetError:
                rest = b""
            assert rest == b""
            writer.close()

    run(main())


def test_an_http_1_0_client_gets_its_stream_until_the_end_of_the_connection(run, gate):
    async def main() -> None:
        async def stream(incoming, responder) -> None:
            responder.start(200, ())
            await responder.write(b"abc")
            await responder.write(b"def")
            responder.finish()

        async with gate(stream) as house:
            answer = await house.talk(b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
            assert answer.endswith(b"\r\n\r\nabcdef")

    run(main())


def test_a_request_arrives_as_it_was_sent(run, gate):
    async def main() -> None:
        seen = []

        async def note(incoming, responder) -> None:
            seen.append(incoming)
            responder.send(204, (), b"")

        async with gate(note) as house:
            _, writer = await house.connect()
            port = writer.get_extra_info("sockname")[1]
            writer.write(b"POST /mcp HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\n")
            writer.write(b"Content-Length: 3\r\n\r\nabc")
            await house.until(lambda: seen)
            (incoming,) = seen
            assert (incoming.peer, incoming.port, incoming.secure) == ("127.0.0.1", port, False)
            assert incoming.body == b"abc"
            assert incoming.head.target == b"/mcp"
            writer.close()

    run(main())


def test_a_client_that_leaves_before_its_answer_begins_leaves_nothing_behind(run):
    async def main() -> None:
        held = Held()
        listener = Listener(held, ListenerLimits(), lambda *_: None)
        connection = Connection(listener, "192.0.2.1", 1)
        listener.peers.enter("192.0.2.1")
        connection.connection_made(FakeTransport())
        receive(connection, LAST)
        connection.connection_lost(None)
        (task,) = listener.exchanges
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
        assert (held.count, listener.exchanges, listener.peers.total) == (0, set(), 0)

    run(main())


class Alone:
    """Answers without a coroutine: with a future that somebody else ends."""

    def __init__(self) -> None:
        self.answers: list[tuple[asyncio.Future[None], object]] = []

    def __call__(self, incoming, responder) -> asyncio.Future[None]:
        answer = asyncio.get_running_loop().create_future()
        self.answers.append((answer, responder))
        return answer


def test_an_answer_that_runs_by_itself_says_when_it_is_over(run):
    async def main() -> None:
        alone = Alone()
        listener = Listener(alone, ListenerLimits(), lambda *_: None)
        connection, transport = Connection(listener, "192.0.2.1", 1), FakeTransport()
        connection.connection_made(transport)
        receive(connection, GET % 1 + GET % 2)
        [(first, responder)] = alone.answers
        assert listener.exchanges == {first}
        responder.send(200, (), b"one")
        first.set_result(None)
        responder.over()
        assert len(alone.answers) == 2  # the second request was waiting
        assert listener.exchanges == {alone.answers[1][0]}
        alone.answers[1][1].send(200, (), b"two")
        alone.answers[1][1].over()
        assert listener.exchanges == set()
        assert transport.written.count(b"HTTP/1.1 200") == 2

    run(main())


def test_an_answer_that_runs_by_itself_is_cancelled_when_the_client_leaves(run):
    async def main() -> None:
        alone = Alone()
        listener = Listener(alone, ListenerLimits(), lambda *_: None)
        connection, transport = Connection(listener, "192.0.2.1", 1), FakeTransport()
        listener.peers.enter(connection.network)
        connection.connection_made(transport)
        receive(connection, GET % 1)
        connection.connection_lost(None)
        [(answer, responder)] = alone.answers
        assert answer.cancelled()
        responder.over()
        assert listener.exchanges == set()

    run(main())


def test_an_answer_that_runs_by_itself_and_says_nothing_becomes_an_error(run):
    async def main() -> None:
        alone = Alone()
        connection = Connection(Listener(alone, ListenerLimits(), lambda *_: None), "192.0.2.1", 1)
        transport = FakeTransport()
        connection.connection_made(transport)
        receive(connection, GET % 1)
        alone.answers[0][1].over()
        assert transport.written.startswith(b"HTTP/1.1 500")

    run(main())
