"""The canary: an MCP server whose every effect is a line in a file of its own, on disk before anything is answered.

Stands alone (standard library only) and runs as a process of its own, over HTTP or over standard input and output, in
both eras. The tool `play` misbehaves on demand: its argument names a part of `plays.py`.

    python canary.py EFFECTS [--http] [--catalogue NAME] [--cert FILE --key FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import catalogues
import plays

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
ERRANDS = {"server/discover", "initialize", "notifications/initialized", "ping"}
"""What the gateway asks by itself. Everything else is an effect."""
SESSION = "canary-session-never-shown"
FIXED: dict[str, dict[str, Any]] = {
    "initialize": {
        "protocolVersion": LEGACY,
        "capabilities": {"tools": {"listChanged": True}, "prompts": {}, "resources": {"subscribe": True}},
        "serverInfo": {"name": "canary", "version": "1"},
    },
    "server/discover": {"supportedVersions": [MODERN], "capabilities": {"tools": {}, "prompts": {}, "resources": {}}},
    "completion/complete": {"completion": {"values": ["one", "two"]}},
    **{name: {} for name in ("ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe")},
}
"""Answers that do not depend on what was asked."""


class Effects:
    """The ledger of what really happened."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._lock = threading.Lock()

    def note(self, message: dict[str, Any], body: bytes, headers: dict[str, str]) -> None:
        """Keep one message, as it came. Returns when it is on the disk."""
        method = str(message.get("method", "reply"))
        params = message.get("params")
        params = params if isinstance(params, dict) else {}
        meta = params.get("_meta")
        client = meta.get("io.modelcontextprotocol/clientInfo") if isinstance(meta, dict) else None
        own = isinstance(client, dict) and client.get("name") == "yett"
        if method in ERRANDS or (method == "tools/list" and own):
            return
        line = {
            "method": method,
            "name": params.get("name", params.get("uri")),
            "body": body.decode("latin-1"),
            "headers": headers,
        }
        with self._lock:
            os.write(self._file, json.dumps(line).encode() + b"\n")
            os.fsync(self._file)


class Canary:
    """Answers messages. Its catalogue is one of `catalogues.py`."""

    def __init__(self, effects: Effects, catalogue: str) -> None:
        self.effects = effects
        self.catalogue = catalogue

    def result(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """The result of a request; `None` where there is no such method."""
        params = message.get("params") or {}
        method = message["method"]
        listed = catalogues.listed(self.catalogue, method)
        if listed is not None or method == "tools/call":
            return listed or self._call(params)
        if method == "prompts/get":
            return {"messages": [{"role": "user", "content": {"type": "text", "text": str(params.get("name"))}}]}
        if method == "resources/read":
            return {"contents": [{"uri": params.get("uri"), "text": "read"}]}
        return FIXED.get(method)

    def _call(self, params: dict[str, Any]) -> dict[str, Any]:
        arguments = params.get("arguments") or {}
        if params.get("name") == "wait":
            time.sleep(min(float(arguments.get("seconds", 1)), 30))
        if params.get("name") == "environment":
            text = json.dumps(dict(os.environ))
        elif params.get("name") == "leak":
            text = os.environ.get("CANARY_LEAK", "") or Path(sys.argv[1] + ".leak").read_text("utf-8")
        else:
            text = json.dumps(arguments)
        return {"content": [{"type": "text", "text": text}], "isError": False}


def reply_to(canary: Canary, message: dict[str, Any]) -> dict[str, Any] | None:
    """The whole reply; `None` for what has none."""
    if "method" not in message or "id" not in message:
        return None
    result = canary.result(message)
    if result is None:
        return {"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "no such method"}}
    meta = (message.get("params") or {}).get("_meta") or {}
    if "io.modelcontextprotocol/protocolVersion" in meta:
        result = {"resultType": "complete", **result}
    return {"jsonrpc": "2.0", "id": message["id"], "result": result}


def part_of(message: dict[str, Any]) -> str:
    """The part that a call of `play` asks for; empty for everything else."""
    params = message.get("params") or {}
    if message.get("method") != "tools/call" or params.get("name") != "play":
        return ""
    return str((params.get("arguments") or {}).get("part", ""))


class Conversation:
    """One HTTP connection: plain HTTP/1.1 with lengths, as the gateway speaks it."""

    def __init__(self, canary: Canary, line: socket.socket) -> None:
        self._canary = canary
        self._line = line
        self._pending = b""

    def run(self) -> None:
        """Serve until the other side leaves."""
        try:
            while self._exchange():
                pass
        except OSError:
            pass
        finally:
            self._line.close()

    def _exchange(self) -> bool:
        while b"\r\n\r\n" not in self._pending:
            if not self._receive():
                return False
        head, _, self._pending = self._pending.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self._pending) < length:
            if not self._receive():
                return False
        body, self._pending = self._pending[:length], self._pending[length:]
        if not first.startswith("POST "):
            self._send(405 if first.startswith("GET ") else 200, b"")
            return True
        return self._answer(headers, body)

    def _receive(self) -> bool:
        received = self._line.recv(65536)
        self._pending += received
        return bool(received)

    def _answer(self, headers: dict[str, str], body: bytes) -> bool:
        try:
            message = json.loads(body)
        except ValueError:
            message = {"method": "unreadable"}
        if not isinstance(message, dict):
            message = {"method": "no object"}
        self._canary.effects.note(message, body, headers)
        part = part_of(message)
        if part:
            return plays.perform(part, message["id"], self._line)
        reply = reply_to(self._canary, message)
        if reply is None:
            self._send(202, b"")
        else:
            extra = f"mcp-session-id: {SESSION}\r\n" if message["method"] == "initialize" else ""
            self._send(200, json.dumps(reply).encode(), extra)
        return True

    def _send(self, status: int, body: bytes, extra: str = "") -> None:
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{extra}content-length: {len(body)}\r\n\r\n"
        self._line.sendall(head.encode() + body)


def serve_http(canary: Canary, context: ssl.SSLContext | None) -> None:
    """Listen on a free port of the loopback, print it, and serve for ever."""
    door = socket.create_server(("127.0.0.1", 0), backlog=256)
    sys.stdout.write(f"{door.getsockname()[1]}\n")
    sys.stdout.flush()
    while True:
        line, _ = door.accept()
        threading.Thread(target=welcome, args=(canary, line, context), daemon=True).start()


def welcome(canary: Canary, line: socket.socket, context: ssl.SSLContext | None) -> None:
    """Serve one connection."""
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        wrapped = line if context is None else context.wrap_socket(line, server_side=True)
    except OSError:
        line.close()
        return
    Conversation(canary, wrapped).run()


def serve_stdio(canary: Canary) -> None:
    """Read lines, answer lines. Calls run side by side, as a busy server's would."""
    lock = threading.Lock()

    def say(text: bytes) -> None:
        with lock:
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()

    def answer(message: dict[str, Any]) -> None:
        part = part_of(message)
        if part:
            plays.perform_on_pipe(part, message["id"], say)
            return
        reply = reply_to(canary, message)
        if reply is not None:
            say(json.dumps(reply).encode() + b"\n")

    # A careless server: it prints its credential where everybody who reads its log would see it.
    sys.stderr.write(f"connecting with {os.environ.get('CANARY_PROC_TOKEN', 'nothing')}\n")
    sys.stderr.flush()
    for line in sys.stdin.buffer:
        message = json.loads(line)
        canary.effects.note(message, line.rstrip(b"\n"), {})
        threading.Thread(target=answer, args=(message,), daemon=True).start()


def main() -> None:
    """Run until the other side has gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("effects")
    parser.add_argument("--http", action="store_true")
    parser.add_argument("--catalogue", default="plain")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    given = parser.parse_args()
    canary = Canary(Effects(given.effects), given.catalogue)
    if not given.http:
        serve_stdio(canary)
        return
    context = None
    if given.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.cert, given.key)
    serve_http(canary, context)


if __name__ == "__main__":
    main()
