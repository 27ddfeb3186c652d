from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path

SHIM = Path(__file__).with_name("shim.py")
PATIENCE = 10.0
FIRST = b"POST /a HTTP/1.1\r\nHost: evil.example.com\r\ncontent-LENGTH:  5\r\nX-Odd:\tv\r\n\r\nhello"
SECOND = b"GET /b HTTP/1.1\r\nOrigin: http://evil.example.com\r\n\r\n"


@asynccontextmanager
async def shimmed():
    """The shim's port, and the connections it opens."""
    came: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    gateway = await asyncio.start_server(lambda *ends: came.put_nowait(ends), "127.0.0.1", 0)
    pipe = asyncio.subprocess.PIPE
    shim = await asyncio.create_subprocess_exec(sys.executable, SHIM, stdin=pipe, stdout=pipe)
    try:
        port = int((await shim.stdout.readline()).rpartition(b":")[2])
        shim.stdin.write(f"{gateway.sockets[0].getsockname()[1]} secret\n".encode())
        yield port, came
    finally:
        shim.stdin.close()
        await shim.wait()
        gateway.close()


def within(story):
    async def run():
        async with asyncio.timeout(PATIENCE), shimmed() as (port, came):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                return await story(reader, writer, came)
            finally:
                writer.close()

    return asyncio.run(run())


def test_one_header_is_added_to_each_request_and_nothing_else_is_touched() -> None:
    async def story(reader, writer, came):
        writer.write(FIRST + SECOND)
        gateway_in, gateway_out = await came.get()
        added = b"Authorization: Bearer secret\r\n"
        expected = FIRST.replace(b"Host:", added + b"Host:") + SECOND.replace(b"Origin:", added + b"Origin:")
        received = await gateway_in.readexactly(len(expected))
        gateway_out.write(b"HTTP/1.1 200 OK\r\n\r\n\x00anything")
        answered = await reader.readexactly(28)
        gateway_out.close()
        return received == expected, answered

    assert within(story) == (True, b"HTTP/1.1 200 OK\r\n\r\n\x00anything")


def test_who_leaves_on_one_side_has_left_on_the_other() -> None:
    async def story(reader, writer, came):
        writer.write(SECOND)
        gateway_in, gateway_out = await came.get()
        await gateway_in.readuntil(b"\r\n\r\n")
        writer.transport.abort()
        rest = await gateway_in.read()
        gateway_out.close()
        return rest

    assert within(story) == b""


def test_a_request_without_a_length_ends_the_connection() -> None:
    async def story(reader, writer, came):
        writer.write(b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        gateway_in, gateway_out = await came.get()
        received = await gateway_in.read()
        gateway_out.close()
        return received, await reader.read()

    assert within(story) == (b"", b"")
