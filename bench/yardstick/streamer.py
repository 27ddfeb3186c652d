"""The MCP server for what nginx cannot say from a config: events with a clock in them, and streams that stay open.

python -m yardstick.streamer PORT. A call is answered by `EVENTS` progress notifications, one every `PAUSE_SECONDS`,
each with the moment of its sending (monotonic, nanoseconds); `subscriptions/listen` by an acknowledgement and silence.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
import time
from typing import Final, cast

from yardstick.upstream import ECHO, SENTENCE, discovery, listing, text_reply

EVENTS: Final = 150
PAUSE_SECONDS: Final = 0.004
TOKEN: Final = "bench"
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_METHOD: Final = re.compile(rb"\r\nmcp-method: *([a-z/]+)", re.IGNORECASE)
_STREAM: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_END: Final = b"0\r\n\r\n"
_ACKNOWLEDGED: Final = {
    "jsonrpc": "2.0",
    "method": "notifications/subscriptions/acknowledged",
    "params": {"_meta": {"io.modelcontextprotocol/subscriptionId": 7}, "notifications": {"toolsListChanged": True}},
}


def chunk(message: str) -> bytes:
    """A message as one event in one chunk."""
    event = f"event: message\ndata: {message}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(event), event)


def progress(number: int) -> str:
    """A notification that says when it was made."""
    params = {"progressToken": TOKEN, "progress": number, "message": f"at {time.monotonic_ns()}"}
    return json.dumps({"jsonrpc": "2.0", "method": "notifications/progress", "params": params}, separators=(",", ":"))


class Conversation(asyncio.Protocol):
    """One connection."""

    def __init__(self, tasks: set[asyncio.Task[None]]) -> None:
        self._tasks = tasks
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where answers go."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            found = _LENGTH.search(head)
            length = int(found[1]) if found else 0
            if len(rest) < length:
                return
            self._received = rest[length:]
            method = _METHOD.search(head)
            self._answer(method[1] if method else b"")

    def _answer(self, method: bytes) -> None:
        if method == b"subscriptions/listen":
            self._transport.write(_STREAM + chunk(json.dumps(_ACKNOWLEDGED)))
        elif method == b"tools/call":
            task = asyncio.ensure_future(self._tell())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            body = (discovery() if method == b"server/discover" else listing([ECHO])).encode()
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            self._transport.write(head % len(body) + body)

    async def _tell(self) -> None:
        self._transport.write(_STREAM)
        for number in range(EVENTS):
            await asyncio.sleep(PAUSE_SECONDS)
            self._transport.write(chunk(progress(number)))
        self._transport.write(chunk(text_reply(SENTENCE)) + _END)


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    tasks: set[asyncio.Task[None]] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: Conversation(tasks), "127.0.0.1", port, backlog=4096
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
