"""An app within `protect()`, and clients that prove to hold the key of their token."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import time
from pathlib import Path
from typing import Any

import jwt as pyjwt

from yett.config.load import parse
from yett.core.exchange import Principal
from yett.core.verdict import Deny
from yett.enforce.doorkeeper import DOORKEEPER
from yett.enforce.embedded import Embedded

HERE = Path(__file__).parent
BASE = "https://mcp.test"


def _module(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"{name}_for_embedded", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


dpop = _module("test_dpop_gateway")
FakeIssuer = _module("issuer").FakeIssuer
CONFIG = """\
url: {base}
auth: {{ issuer: {{ url: "{issuer}", unsafe_allow_loopback: true }} }}
servers: {{ demo: {{ inline: true }} }}
roles: {{ reader: {{ members: [user:alice], allow: [demo.*] }} }}
"""


class App:
    """A server with one tool, and a plain route that asks twice who calls."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.callers: list[Principal | Deny] = []
        self.calls = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for what in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{what}.complete"})
            return
        body = b"{}"
        if scope["path"] != "/mcp":
            self.callers += [await scope[DOORKEEPER].identify(scope["headers"]) for _ in range(2)]
        else:
            self.headers += scope["headers"]
            asked = json.loads((await receive())["body"])
            self.calls += asked["method"] == "tools/call"
            body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": _result(asked["method"])}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})


def _result(method: str) -> dict[str, Any]:
    if method == "server/discover":
        return {"resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}
    if method == "tools/list":
        tools = [{"name": "read", "inputSchema": {"type": "object", "properties": {}}}]
        return {"resultType": "complete", "tools": tools, "ttlMs": 0, "cacheScope": "private"}
    return {"resultType": "complete", "content": [{"type": "text", "text": "done"}]}


async def ask(app: Embedded, path: str, headers: list[tuple[bytes, bytes]], method: str, body: bytes) -> int:
    events: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop()

    async def send(event: dict[str, Any]) -> None:
        events.append(event)

    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
    scope |= {"headers": [(b"host", b"mcp.test"), *headers], "client": ("192.0.2.7", 5), "scheme": "https"}
    await app(scope, receive, send)
    return int(events[0]["status"])


class Running:
    """The app from its start to its end."""

    def __init__(self, app: Embedded) -> None:
        self.app = app
        self.asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def __aenter__(self) -> None:
        self.task = asyncio.create_task(self.app({"type": "lifespan", "state": {}}, self.asked.get, self.told.put))
        await self.asked.put({"type": "lifespan.startup"})
        assert (await self.told.get())["type"] == "lifespan.startup.complete"

    async def __aexit__(self, *_: object) -> None:
        await self.asked.put({"type": "lifespan.shutdown"})
        await self.task


def test_the_endpoint_and_plain_routes_take_a_proof_for_themselves_once(tmp_path):
    async def main():
        async with FakeIssuer() as issuer:
            inner = App()
            text = CONFIG.format(base=BASE, issuer=issuer.url)
            app = Embedded(inner, parse(text.encode(), tmp_path / "yett.yaml"), "demo")
            token = issuer.token(f"{BASE}/mcp", cnf={"jkt": dpop.JKT})

            def shown(number, path, method, scheme=b"DPoP"):
                said = {"jti": f"p{number}", "htm": method, "htu": f"{BASE}{path}", "iat": int(time.time())}
                said["ath"] = dpop.digest(token)
                header = {"typ": "dpop+jwt", "jwk": dpop.JWK}
                proof = pyjwt.encode(said, dpop.KEY, "ES256", headers=header).encode()
                return [(b"authorization", scheme + b" " + token.encode()), (b"dpop", proof)]

            async def call(headers):
                meta = {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientCapabilities": {},
                }
                params = {"name": "read", "arguments": {}, "_meta": meta}
                body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
                more = [
                    *((b"content-type", b"application/json"), (b"accept", b"application/json, text/event-stream")),
                    *((b"mcp-protocol-version", b"2026-07-28"), (b"mcp-method", b"tools/call"), (b"mcp-name", b"read")),
                ]
                return await ask(app, "/mcp", [*more, *headers], "POST", body)

            async with Running(app):
                good = shown(1, "/mcp", "POST")
                statuses = [await call(good), await call(good), await call(shown(2, "/other", "POST"))]
                statuses += [await call(shown(3, "/mcp", "GET")), await call(shown(4, "/mcp", "POST", b"Bearer"))]
                assert statuses == [200, 401, 401, 401, 401]
                for headers in (shown(5, "/me", "GET"), shown(6, "/mcp", "POST")):
                    await ask(app, "/me", headers, "GET", b"")
            assert inner.calls == 1
            assert not {name for name, _ in inner.headers} & {b"authorization", b"dpop"}
            assert [isinstance(one, Principal) for one in inner.callers] == [True, True, False, False]

    asyncio.run(main())
