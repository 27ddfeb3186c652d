"""The canary: an MCP server whose every effect is a line in a file of its own, on disk before anything is answered.

Stands alone (standard library only) and runs as a process of its own. It speaks 2026-07-28 over HTTP or over standard
input and output, and over HTTP as much of 2025-11-25 as a session with a GET stream needs.

    python canary.py EFFECTS [--stdio | --port N]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
TOOLS = ("note", "tell", "hold", "large", "secret")
"""One JSON reply; an event stream; a slow event stream; a large reply; what no policy allows."""
FILLER = "x" * 1024
SCHEMA = {
    "type": "object",
    "properties": {
        "nonce": {"type": "string"},
        "plan": {"type": "string"},
        "ms": {"type": "integer"},
        "kib": {"type": "integer"},
    },
    "required": ["nonce"],
}
EVENTS = 4
TICK = 0.25


class Effects:
    """The ledger of what really happened."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, name: str, nonce: str) -> None:
        """Keep one call. Returns when it is on the disk."""
        line = {"tool": name, "nonce": nonce, "mono": time.monotonic_ns()}
        os.write(self._file, json.dumps(line).encode() + b"\n")
        os.fsync(self._file)


class Canary:
    """Answers messages: one after the other what belongs to a request, its reply last."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects

    async def messages(self, message: dict[str, Any]) -> AsyncIterator[dict[str, Any] | None]:
        """What a request is answered with; `None` stands for a comment that shows life."""
        params = message.get("params") or {}
        if message["method"] == "subscriptions/listen":
            async for said in self._subscribed(message["id"]):
                yield said
        elif message["method"] == "tools/call":
            name, arguments = params["name"], params.get("arguments") or {}
            self._effects.note(name, str(arguments.get("nonce", "")))
            async for said in self._called(name, arguments, (params.get("_meta") or {}).get("progressToken")):
                yield said
            yield self._reply(message, _outcome(name, arguments))
        else:
            yield self._reply(message, self._result(message["method"]))

    async def _called(self, name: str, arguments: dict[str, Any], token: object) -> AsyncIterator[dict[str, Any]]:
        seconds = arguments.get("ms", 0) / 1000
        if name == "tell":
            for number in range(EVENTS):
                yield _progress(token, number)
        elif name == "hold":
            yield _progress(token, 0)
            until = time.monotonic() + seconds
            number = 0
            while (left := until - time.monotonic()) > 0:
                await asyncio.sleep(min(TICK, left))
                number += 1
                yield _progress(token, number)
        elif seconds:
            await asyncio.sleep(seconds)

    async def _subscribed(self, request: object) -> AsyncIterator[dict[str, Any] | None]:
        meta = {"io.modelcontextprotocol/subscriptionId": request}
        granted = {"_meta": meta, "notifications": {"toolsListChanged": True}}
        yield {"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": granted}
        while True:
            await asyncio.sleep(1)
            yield None

    def _reply(self, message: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
        meta = (message.get("params") or {}).get("_meta") or {}
        if "io.modelcontextprotocol/protocolVersion" in meta:
            result = {"resultType": "complete", **result}
        return {"jsonrpc": "2.0", "id": message["id"], "result": result}

    def _result(self, method: str) -> dict[str, Any]:
        if method == "server/discover":
            return {"supportedVersions": [MODERN], "capabilities": {"tools": {}}}
        if method == "initialize":
            return {
                "protocolVersion": LEGACY,
                "capabilities": {"tools": {"listChanged": True}},
                "serverInfo": {"name": "canary", "version": "1"},
            }
        if method == "tools/list":
            return {"tools": [{"name": name, "description": name, "inputSchema": SCHEMA} for name in TOOLS]}
        return {}


def _progress(token: object, number: int) -> dict[str, Any]:
    params = {"progressToken": token, "progress": number, "message": f"step {number}"}
    return {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}


def _outcome(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    content = [{"type": "text", "text": str(arguments.get("nonce", ""))}]
    if name == "large":
        content += [{"type": "text", "text": FILLER} for _ in range(arguments.get("kib", 1))]
    return {"content": content, "isError": False}


class Conversation:
    """One HTTP connection: plain HTTP/1.1 as the gateway speaks it. Every event is a chunk of its own."""

    def __init__(self, canary: Canary, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._canary = canary
        self._reader = reader
        self._writer = writer

    async def run(self) -> None:
        """Serve until the other side leaves."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await self._reader.readuntil(b"\r\n\r\n")
                length = next((int(line[15:]) for line in head.split(b"\r\n") if line[:15] == b"content-length:"), 0)
                body = await self._reader.readexactly(length)
                if head.startswith(b"POST "):
                    await self._answer(json.loads(body))
                elif head.startswith(b"GET "):
                    await self._stream(self._silence())
                else:
                    self._send(200, b"", "")
                await self._writer.drain()

    async def _answer(self, message: dict[str, Any]) -> None:
        if "id" not in message or "method" not in message:
            self._send(202, b"", "")
            return
        name = (message.get("params") or {}).get("name")
        if name in ("tell", "hold") or message["method"] == "subscriptions/listen":
            await self._stream(self._canary.messages(message))
            return
        async for said in self._canary.messages(message):
            session = "mcp-session-id: canary\r\n" if message["method"] == "initialize" else ""
            self._send(200, json.dumps(said).encode(), session)

    async def _silence(self) -> AsyncIterator[dict[str, Any] | None]:
        while True:
            yield None
            await asyncio.sleep(1)

    async def _stream(self, messages: AsyncIterator[dict[str, Any] | None]) -> None:
        head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        self._writer.write(head.encode())
        async for said in messages:
            event = b": here\n\n" if said is None else b"event: message\ndata: " + json.dumps(said).encode() + b"\n\n"
            self._writer.write(b"%x\r\n%b\r\n" % (len(event), event))
            await self._writer.drain()
            if self._reader.at_eof():
                raise ConnectionResetError
        self._writer.write(b"0\r\n\r\n")

    def _send(self, status: int, body: bytes, extra: str) -> None:
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{extra}content-length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)


async def serve_http(canary: Canary, port: int) -> None:
    """Listen on the loopback, print the port, and serve for ever."""

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await Conversation(canary, reader, writer).run()
        finally:
            writer.close()

    server = await asyncio.start_server(welcome, "127.0.0.1", port, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - a program that says where it listens
    async with server:
        await server.serve_forever()


async def serve_stdio(canary: Canary) -> None:
    """Read lines, answer lines; requests are answered side by side."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=4 * 1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tasks = set()

    async def answer(message: dict[str, Any]) -> None:
        async for said in canary.messages(message):
            if said is not None:
                sys.stdout.buffer.write(json.dumps(said).encode() + b"\n")
                sys.stdout.buffer.flush()

    while line := await reader.readline():
        message = json.loads(line)
        if "id" in message and "method" in message:
            task = asyncio.create_task(answer(message))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


def main() -> None:
    """Run until the other side has gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("effects")
    parser.add_argument("--stdio", action="store_true")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    canary = Canary(Effects(given.effects))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve_stdio(canary) if given.stdio else serve_http(canary, given.port))


if __name__ == "__main__":
    main()
