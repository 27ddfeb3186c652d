from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
import time

import pytest

from yett.errors import ConfigError
from yett.wire.limits import ListenerLimits
from yett.wire.server import Server

GET = b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n"


def test_a_port_is_chosen_and_told(run, gate):
    async def main() -> None:
        async with gate() as house:
            assert house.port > 0
            assert (await house.talk(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")).endswith(b"GET / ")

    run(main())


def test_every_address_of_a_name_is_listened_on(run):
    async def main() -> None:
        async def empty(incoming, responder) -> None:
            responder.send(200, (), b"")

        server = Server(empty, ListenerLimits(), lambda *_: None)
        port = await server.start("localhost", 0)
        for found in await asyncio.get_running_loop().getaddrinfo("localhost", port, type=socket.SOCK_STREAM):
            _, writer = await asyncio.open_connection(found[4][0], port)
            writer.close()
        await server.close()

    run(main())


def test_an_address_that_cannot_be_used_is_an_error_with_a_place(run, gate):
    async def main() -> None:
        async with gate() as house:
            server = Server(house.server.answer, ListenerLimits(), lambda *_: None)
            with pytest.raises(
                ConfigError, match=f"cannot listen on `127.0.0.1:{house.port}`: another program listens there"
            ):
                await server.start("127.0.0.1", house.port)
            for host in ("192.0.2.1", "\ud800"):
                with pytest.raises(ConfigError, match="cannot listen on"):
                    await server.start(host, 0)

    run(main())


def test_an_address_that_cannot_be_used_leaves_the_others_alone(run, gate):
    async def main() -> None:
        async with gate() as house:
            with pytest.raises(ConfigError, match="cannot listen on"):
                await house.server.start("192.0.2.1", 0)
            second = await house.server.start("127.0.0.1", 0)
            for port in (house.port, second):
                house.port = port
                assert (await house.talk(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")).endswith(b"GET / ")

    run(main())


# Caps.


def test_a_burst_within_the_cap_is_let_in(run, gate):
    async def main() -> None:
        async with gate(connections_per_peer=60) as house:
            clients = [socket.create_connection(("127.0.0.1", house.port)) for _ in range(60)]
            await house.until(lambda: house.server.connections == 60)
            assert house.rejected == []
            for client in clients:
                client.close()

    run(main())


def test_a_peer_has_so_many_connections_and_no_more(run, gate):
    async def main() -> None:
        async with gate(connections_per_peer=2) as house:
            first, second = await house.connect(), await house.connect()
            await house.until(lambda: house.server.connections == 2)
            reader, writer = await house.connect()
            assert await reader.read() == b""
            assert house.rejected == [("127.0.0.1", 429, "too many connections from this peer")]
            writer.close()
            first[1].close()
            await house.until(lambda: house.server.connections == 1)
            assert (await house.talk(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            second[1].close()

    run(main())


def test_a_server_has_so_many_connections_and_no_more(run, gate):
    async def main() -> None:
        async with gate(connections=1) as house:
            _, first = await house.connect()
            await house.until(lambda: house.server.connections == 1)
            reader, writer = await house.connect()
            assert await reader.read() == b""
            assert house.statuses == [503]
            writer.close()
            first.close()

    run(main())


def test_a_server_without_descriptors_rests_and_recovers(run, gate, caplog):
    async def main() -> None:
        async with gate() as house:
            clients = [socket.create_connection(("127.0.0.1", house.port)) for _ in range(3)]
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            fill = []
            top = max(map(int, os.listdir("/proc/self/fd"))) + 1  # noqa: PTH208 - it blocks nobody
            resource.setrlimit(resource.RLIMIT_NOFILE, (top, hard))
            try:
                with contextlib.suppress(OSError):
                    while True:
                        fill.append(os.open("/dev/null", os.O_RDONLY))
                spent = time.process_time()
                await asyncio.sleep(0.2)
                assert time.process_time() - spent < 0.1
                assert house.server.connections == 0
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                for fd in fill:
                    os.close(fd)
            assert [record.getMessage() for record in caplog.records] == ["wire.accept-paused"]
            await house.until(lambda: house.server.connections == 3)
            for client in clients:
                client.sendall(GET % 1)
                client.settimeout(5)
                received = await asyncio.to_thread(client.recv, 1_000)
                assert received.startswith(b"HTTP/1.1 200 ")
                client.close()

    run(main())


# Changes while it runs.


def test_limits_and_answerer_can_be_replaced_while_connections_are_open(run, gate):
    async def main() -> None:
        async def other(incoming, responder) -> None:
            responder.send(200, (), b"other ")

        async with gate() as house:
            reader, writer = await house.connect()
            writer.write(GET % 1)
            await reader.readuntil(b"GET /1 ")
            house.server.answer = other
            writer.write(GET % 2)
            await reader.readuntil(b"other ")
            house.server.limits = ListenerLimits(body_bytes=2)
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            assert (await reader.read()).startswith(b"HTTP/1.1 413 ")
            assert house.server.limits == ListenerLimits(body_bytes=2)
            assert house.server.answer is other
            writer.close()

    run(main())


# The end.


def test_draining_finishes_answers_says_so_and_refuses_newcomers(run, gate):
    async def main() -> None:
        begun, go = asyncio.Event(), asyncio.Event()

        async def held(incoming, responder) -> None:
            begun.set()
            await go.wait()
            responder.send(200, (), b"done")

        async with gate(held) as house:
            reader, writer = await house.connect()
            writer.write(GET % 1)
            await begun.wait()
            drain = asyncio.create_task(house.server.drain(60))
            await asyncio.sleep(0)
            with pytest.raises(ConnectionRefusedError):
                await house.connect()
            go.set()
            answer = await reader.read()
            assert answer.endswith(b"done")
            assert b"\r\nconnection: close\r\n" in answer
            await drain
            assert house.server.connections == 0
            writer.close()

    run(main())


def test_draining_lets_a_stream_end_and_closes_its_connection(run, gate):
    async def main() -> None:
        begun, go = asyncio.Event(), asyncio.Event()

        async def stream(incoming, responder) -> None:
            responder.start(200, ())
            await responder.write(b"first")
            begun.set()
            await go.wait()
            await responder.write(b"last")
            responder.finish()

        async with gate(stream) as house:
            reader, writer = await house.connect()
            writer.write(GET % 1)
            await begun.wait()
            drain = asyncio.create_task(house.server.drain(60))
            await asyncio.sleep(0)
            go.set()
            assert (await reader.read()).endswith(b"4\r\nlast\r\n0\r\n\r\n")
            await drain
            writer.close()

    run(main())


def test_draining_leaves_idle_clients_soon_but_serves_what_is_on_its_way(run, gate):
    async def main() -> None:
        async with gate(idle_seconds=0.4) as house:
            _, idle = await house.connect()
            reader, busy = await house.connect()
            busy.write(GET % 1)
            await reader.readuntil(b"GET /1 ")
            await house.until(lambda: house.server.connections == 2)
            drain = asyncio.create_task(house.server.drain(600))
            await asyncio.sleep(0)
            busy.write(GET % 2)
            answer = await reader.read()
            assert b"\r\nconnection: close\r\n" in answer
            assert answer.endswith(b"GET /2 ")
            async with asyncio.timeout(60):  # of the 600 s that it may take
                await drain
            idle.close()
            busy.close()

    run(main())


def test_draining_serves_those_who_stand_in_the_queue(run, gate):
    async def main() -> None:
        async with gate() as house:
            waiting = []
            for number in range(100):  # more than one turn of accepting takes
                # Blocking: the event loop, and so the server, has no turn between this and `drain`.
                client = socket.create_connection(("127.0.0.1", house.port))
                client.sendall(GET % number)
                waiting.append(client)
            silent = socket.create_connection(("127.0.0.1", house.port))
            async with asyncio.timeout(60):
                await house.server.drain(600)
            for number, client in enumerate(waiting):
                client.settimeout(5)
                with client, client.makefile("rb") as answer:
                    assert answer.read().endswith(b"GET /%d " % number)
            silent.close()

    run(main())


def test_draining_ends_at_its_deadline_and_cancels_what_is_left(run, gate):
    async def main() -> None:
        ended = []

        async def endless(incoming, responder) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(True)

        async with gate(endless) as house:
            reader, writer = await house.connect()
            writer.write(GET % 1)
            await house.until(lambda: house.server._listener.exchanges)
            await house.server.drain(0.05)
            assert ended == [True]
            assert house.server.connections == 0
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
            writer.close()

    run(main())


def test_draining_waits_for_bookkeeping_behind_a_complete_answer(run, gate):
    async def main() -> None:
        kept = []

        async def bookkeeping(incoming, responder) -> None:
            responder.send(200, (), b"")
            await asyncio.sleep(0.05)
            kept.append(True)

        async with gate(bookkeeping) as house:
            reader, writer = await house.connect()
            writer.write(GET % 1)
            await reader.readuntil(b"\r\n\r\n")
            writer.close()
            await house.until(lambda: not house.server.connections)
            await house.server.drain(5)
            assert kept == [True]

    run(main())


def test_nothing_runs_after_closing(run, gate):
    async def main() -> None:
        async with gate() as house:
            writers = [(await house.connect())[1] for _ in range(3)]
            await house.until(lambda: house.server.connections == 3)
            await house.server.close()
            await house.server.close()
            assert house.server.connections == 0
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for writer in writers:
                writer.close()
            assert not [task for task in others if "yett" in repr(task)]

    run(main())
