"""Adds one `Authorization` header to each request on its way to the gateway: the harness cannot send one itself.

Everything else passes byte for byte, in both directions and at once. Requests are told apart by Content-Length alone,
which is what the harness sends; a request framed in another way ends the connection, so that no test can pass by
being misread here.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Final

_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)[ \t]*\r\n", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_PIECE: Final = 64 * 1024


async def _requests(client: asyncio.StreamReader, gateway: asyncio.StreamWriter, header: bytes) -> None:
    while True:
        head = await client.readuntil(b"\r\n\r\n")
        if _CHUNKED.search(head):
            raise ConnectionAbortedError("a request without a length")
        line, end, rest = head.partition(b"\r\n")
        gateway.write(line + end + header + rest)
        length = _LENGTH.search(head)
        left = int(length[1]) if length else 0
        while left:
            piece = await client.read(min(left, _PIECE))
            if not piece:
                raise ConnectionResetError
            left -= len(piece)
            gateway.write(piece)
        await gateway.drain()


async def _answers(gateway: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
    while piece := await gateway.read(_PIECE):
        client.write(piece)
        await client.drain()


async def main() -> None:
    """Listen on a free port and say which; then read `<port> <token>` from stdin, and relay until it ends."""
    words: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def connected(client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        port, token = (await words).split()
        gateway_in, gateway_out = await asyncio.open_connection("127.0.0.1", int(port))
        header = f"Authorization: Bearer {token}\r\n".encode()
        ways = (_requests(client_in, gateway_out, header), _answers(gateway_in, client_out))
        tasks = [asyncio.ensure_future(way) for way in ways]
        # Whoever leaves first, the other side learns it: for 2026-07-28 that is what cancels a call.
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        client_out.close()
        gateway_out.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    words.set_result(await asyncio.to_thread(sys.stdin.readline))
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
