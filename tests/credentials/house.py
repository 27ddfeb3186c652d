"""A whole gateway, MCP servers behind it that note which credentials they are given, and a client's way in."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from yett.config.load import load
from yett.enforce.instance import Instance
from yett.identity.entry import Entry
from yett.identity.token_file import TokenFile
from yett.identity.tokens import mint
from yett.wire.http import Header, Incoming
from yett.wire.limits import ListenerLimits
from yett.wire.server import Responder, Server

VERSION = "2026-07-28"
JSON: Header = (b"content-type", b"application/json")


class Backend:
    """A modern MCP server with one tool. `gate` may answer in its place: with status, headers and body."""

    def __init__(self) -> None:
        self.heads: list[dict[bytes, bytes]] = []
        self.calls: list[bytes] = []
        """The `authorization` of each call of the tool that was carried out."""
        self.gate: Callable[[Incoming], tuple[int, list[Header], bytes] | None] = lambda _incoming: None

    async def start(self) -> int:
        self._server = Server(self.answer, ListenerLimits(), lambda *_: None)
        self.port = await self._server.start("127.0.0.1", 0)
        return self.port

    async def close(self) -> None:
        await self._server.close()

    async def answer(self, incoming: Incoming, responder: Responder) -> None:
        self.heads.append(dict(incoming.head.headers))
        refused = self.gate(incoming)
        if refused is not None:
            status, headers, body = refused
            responder.send(status, headers, body)
            return
        message = json.loads(incoming.body)
        method = message["method"]
        if method == "server/discover":
            result: Any = {"supportedVersions": [VERSION], "capabilities": {"tools": {}}}
        elif method == "tools/list":
            tools = [{"name": "echo", "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}}]
            result = {"tools": tools, "ttlMs": 0, "cacheScope": "public"}
        elif method == "tools/call":
            self.calls.append(incoming.head.get(b"authorization") or b"")
            text = str(message["params"]["arguments"].get("text"))
            result = {"content": [{"type": "text", "text": text}], "isError": False}
        else:
            error = {"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "no"}}
            responder.send(404, [JSON], json.dumps(error).encode())
            return
        body = {"jsonrpc": "2.0", "id": message["id"], "result": {"resultType": "complete", **result}}
        responder.send(200, [JSON], json.dumps(body).encode())


class House:
    """A gateway with a config, for the callers that `token` makes."""

    def __init__(self, folder: Path, instance: Instance) -> None:
        self.folder = folder
        self.instance = instance

    def token(self, user: str) -> str:
        path = self.folder / f"{user}.token"
        return path.read_text()

    async def call(self, server: str, text: str = "hi", *, user: str = "alice", lines: str = "") -> Any:
        """Call the tool `echo`; the text of its answer, or the error."""
        body = await self.post(
            server, "tools/call", {"name": "echo", "arguments": {"text": text}}, user=user, lines=lines
        )
        return body["result"]["content"][0]["text"] if "result" in body else body["error"]

    async def post(
        self, server: str, method: str, params: dict[str, Any], *, user: str = "alice", lines: str = ""
    ) -> Any:
        meta = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
        body = json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": {**params, "_meta": meta}}).encode()
        named = f"mcp-name: {params['name']}\r\n" if method == "tools/call" else ""
        sent = (
            f"POST /{server}/mcp HTTP/1.1\r\nhost: 127.0.0.1:{self.instance.port}\r\n"
            f"authorization: Bearer {self.token(user)}\r\n{lines}"
            f"content-type: application/json\r\naccept: application/json, text/event-stream\r\n"
            f"mcp-protocol-version: {VERSION}\r\nmcp-method: {method}\r\n{named}content-length: {len(body)}\r\n"
            f"connection: close\r\n\r\n"
        ).encode() + body
        _, found = await self.raw(sent)
        return json.loads(found)

    async def raw(self, sent: bytes, port: int | None = None) -> tuple[bytes, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port or self.instance.port)
        writer.write(sent)
        received = await reader.read()
        writer.close()
        head, _, body = received.partition(b"\r\n\r\n")
        return head, body

    async def ready(self) -> str:
        port = self.instance.admin_port
        sent = f"GET /readyz?verbose HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n"
        return (await self.raw(sent.encode(), port))[1].decode()

    async def metrics(self) -> str:
        port = self.instance.admin_port
        sent = f"GET /metrics HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n"
        return (await self.raw(sent.encode(), port))[1].decode()

    async def surveyed(self, *servers: str) -> None:
        await self.until(lambda: all(self.instance.runtime.catalogue.known(server) for server in servers))

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                await asyncio.sleep(0.01)

    def records(self) -> str:
        return b"".join(path.read_bytes() for path in sorted((self.folder / "ledger").glob("*.jsonl"))).decode()


CONFIG = """\
listen: http://127.0.0.1:0
auth: {{ {auth} }}
servers:
{servers}
roles:
  reader: {{ members: [user:alice, user:bob], allow: [{allow}] }}
limits: {{ drain: 1s, user: 1000000/min }}
admin: {{ listen: "127.0.0.1:0" }}
{more}
"""


def config(folder: Path, servers: dict[str, str], more: str = "", auth: str = "tokens: tokens.yaml") -> Path:
    """Write a config with these servers, and tokens for alice and bob."""
    path = folder / "yett.yaml"
    written = "\n".join(f"  {name}: {text}" for name, text in servers.items())
    allow = ", ".join(f"{name}.echo" for name in servers)
    path.write_text(CONFIG.format(servers=written, allow=allow, more=more, auth=auth))
    for number, user in enumerate(("alice", "bob")):
        if not (folder / f"{user}.token").exists():
            minted = mint(bytes(range(number, number + 40)))
            TokenFile(folder / "tokens.yaml").add(
                Entry(id=minted.key_id, digest=minted.digest, user=user, expires=None)
            )
            (folder / f"{user}.token").write_text(minted.token)
    return path


@contextlib.asynccontextmanager
async def standing(
    folder: Path, servers: dict[str, str], more: str = "", auth: str = "tokens: tokens.yaml"
) -> AsyncIterator[House]:
    """A running gateway."""
    path = config(folder, servers, more, auth)
    instance = Instance(path, load(path))
    await instance.start()
    try:
        yield House(folder, instance)
    finally:
        await instance.stop(0.2)
