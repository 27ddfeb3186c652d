import json
import threading
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from yett.core.exchange import Era
from yett.core.message import Failure, Reply, Request
from yett.upstream.upstream import Arrival, Offer


class Fake:
    """An upstream whose answers are a function of method and params."""

    name = "target"

    def __init__(self, answer, eras=(Era.MODERN,), versions=("2026-07-28",)):
        self.answer = answer
        self.offer = Offer(eras=frozenset(eras), versions=versions)
        self.said, self.ended, self.closed = [], 0, 0

    async def probe(self):
        return self.offer

    @asynccontextmanager
    async def open(self, cleared, call):
        message = cleared.message
        self.said.append((message.method, message.params, call.era, call.version))

        async def arrivals():
            if isinstance(message, Request):
                result = self.answer(message.method, message.params)
                if isinstance(result, int):
                    error = Failure(code=result, message="no")
                    yield Arrival(message=Reply(id=message.id, error=error))
                else:
                    yield Arrival(message=None)
                    yield Arrival(message=Reply(id=message.id, result=result))

        yield arrivals()

    async def end(self, session):
        self.ended += 1

    async def close(self):
        self.closed += 1


@pytest.fixture
def fake():
    return Fake


class Careless:
    """An MCP server that answers as its flaws say, on a free port of the loopback address."""

    def __init__(self, flaws=(), *, token="", tls=None):
        self.flaws, self.token, self.asked = frozenset(flaws), token, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.asked.append(("GET", self.path))
                known = self.path == "/metrics" and "metrics" in outer.flaws
                self.answer(200 if known else 404, "# HELP a b\n# TYPE a counter\n" if known else "{}")

            def do_DELETE(self):
                self.do_GET()

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                outer.asked.append(("POST", self.path))
                self.answer(*outer.judged(self.path, {k.lower(): v for k, v in self.headers.items()}, body))

            def answer(self, status, text, headers=()):
                content = text.encode()
                self.send_response(status)
                for name, value in (("Content-Type", "application/json"), *headers):
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}/mcp"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def judged(self, path, headers, body):
        if "invalid" in headers.get("origin", "") and "origin" not in self.flaws:
            return 403, "{}"
        if "invalid" in headers["host"] and "host" not in self.flaws:
            return 421, "{}"
        if refused := self.unsigned(path, headers):
            return refused
        return self.listed(headers, body)

    def unsigned(self, path, headers):
        if "calls" in self.flaws and headers.get("mcp-method") == "tools/call":
            return 200, '{"jsonrpc": "2.0", "id": 1, "result": {"content": []}}'
        given = headers.get("authorization", "").removeprefix("Bearer ")
        in_query = "query" in self.flaws and f"access_token={self.token}" in path
        if not self.token or given == self.token or in_query or ("forged" in self.flaws and given):
            return None
        return 401, "{}", () if "challenge" in self.flaws else (("WWW-Authenticate", "Bearer"),)

    def listed(self, headers, body):
        tools = {"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "add", "inputSchema": {}}]}}
        refused = 400, '{"error": {"code": -32600}}'
        try:
            message = json.loads(body)
        except ValueError:
            return 400, "Traceback (most recent call last):\n  File" if "verbose" in self.flaws else "{}"
        if isinstance(message, list):
            return (200, json.dumps([tools])) if "batch" in self.flaws else refused
        twice = body.count(b'"method"') > 1 and "duplicates" not in self.flaws
        differs = headers.get("mcp-method", message["method"]) != message["method"] and "mismatch" not in self.flaws
        if twice or differs or isinstance(message.get("params"), list) or message["method"] != "tools/list":
            return refused
        return 200, json.dumps(tools), (("Access-Control-Allow-Origin", "*"),) if "cors" in self.flaws else ()


@pytest.fixture
def careless():
    running = []

    def start(*flaws, **given):
        running.append(Careless(flaws, **given))
        return running[-1]

    yield start
    for server in running:
        server.close()
