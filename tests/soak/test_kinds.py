from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from steady.kinds import Listener
from storm.caller import Caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from storm.stage import Stage


@asynccontextmanager
async def listener(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[Listener]:
    """A listener, and one server that does `serve` with its connection; every connection has ended afterwards."""
    ended = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()
            ended.set()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        stage = SimpleNamespace(caller=lambda: Caller(port, "alice", "yett_x"), gateway=SimpleNamespace(port=port))
        yield Listener(cast("Stage", stage), 60.0)
        await ended.wait()


async def listened(*, hurried: bool, answer: bytes = b"") -> str:
    """One turn with a server that has read the request, says `answer`, and hangs up unless the client does first."""
    asked = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        asked.set()
        if hurried:
            await reader.read()

    async with listener(serve) as one:
        turn = asyncio.create_task(one.turn())
        await asked.wait()
        if hurried:
            one.hurry()
        return await turn


def test_a_listener_that_hangs_up_before_its_answer_does_not_complain_of_none() -> None:
    assert asyncio.run(listened(hurried=True)) == ""


def test_a_listener_that_is_hung_up_on_before_its_answer_complains() -> None:
    assert asyncio.run(listened(hurried=False)) == "answered with 0"


def test_a_listener_complains_of_a_wrong_answer() -> None:
    wrong = b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n"
    assert asyncio.run(listened(hurried=False, answer=wrong)) == "answered with 503"


def test_a_listener_that_is_hurried_while_it_connects_ends_at_once() -> None:
    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def story() -> str:
        async with listener(serve) as one:
            turn = asyncio.create_task(one.turn())
            await asyncio.sleep(0)  # it has begun to connect
            one.hurry()
            return await asyncio.wait_for(turn, 30.0)

    assert asyncio.run(story()) == ""
