from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager

import pytest

from yett.config.load import parse
from yett.enforce.doorkeeper import DOORKEEPER
from yett.enforce.embedded import Embedded, protect
from yett.errors import ConfigError
from yett.upstream.app_pool import PRINCIPAL

CONFIG = """\
auth: { unsafe_allow_anonymous: true }
servers: { demo: { inline: true } }
roles: { everyone: { allow: [demo.echo] } }
"""
HOST = (b"host", b"127.0.0.1:8080")
MODERN = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
TOOL = {"name": "echo", "inputSchema": {"type": "object", "properties": {}}}


class App:
    """A modern server in one function, with a plain page beside it."""

    def __init__(self) -> None:
        self.scopes: list[dict] = []
        self.left = asyncio.Event()
        self.gate: asyncio.Event | None = None

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.scopes.append(scope)
        if scope["path"] != "/mcp":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"the app's own page"})
            return
        asked = json.loads((await receive())["body"])
        method = asked["method"]
        result = {"resultType": "complete"}
        if method == "server/discover":
            result |= {"supportedVersions": ["2026-07-28"], "capabilities": {}}
        elif method == "tools/list":
            result |= {"tools": [TOOL, {**TOOL, "name": "secret"}], "ttlMs": 0, "cacheScope": "private"}
        elif method == "tools/call":
            if self.gate is not None:
                waiting = asyncio.ensure_future(self.gate.wait())
                leaving = asyncio.ensure_future(receive())
                await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if leaving.done():
                    self.left.set()
                waiting.cancel()
                leaving.cancel()
            result |= {"content": [{"type": "text", "text": "said"}], "isError": False}
        body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})


class Client:
    """An ASGI server with one client."""

    def __init__(self, app: Embedded) -> None:
        self.app = app

    async def ask(self, path: str = "/mcp", *, method: str = "POST", body: bytes = b"", leave=None, **more):
        events: list[dict] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive():
            if waiting:
                return waiting.pop(0)
            await (leave or asyncio.Event()).wait()
            return {"type": "http.disconnect"}

        async def send(event) -> None:
            events.append(event)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [HOST],
            "client": ("192.0.2.7", 5),
            "scheme": "http",
            **more,
        }
        await self.app(scope, receive, send)
        if not events:
            return None, b""
        return events[0]["status"], b"".join(event.get("body", b"") for event in events)

    async def call(self, method: str, *, id: int = 1, leave=None, **params):
        body = json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": {**params, "_meta": MODERN}})
        headers = [
            HOST,
            (b"content-type", b"application/json"),
            (b"accept", b"application/json, text/event-stream"),
            (b"mcp-protocol-version", b"2026-07-28"),
            (b"mcp-method", method.encode()),
            (b"authorization", b"Bearer of-the-client"),
        ]
        if "name" in params:
            headers.append((b"mcp-name", params["name"].encode()))
        status, answer = await self.ask(body=body.encode(), headers=headers, leave=leave)
        return status, json.loads(answer) if answer else None


@asynccontextmanager
async def _serving(app, tmp_path, config: str = CONFIG):
    whole = Embedded(app, parse(config.encode(), tmp_path / "yett.yaml"), "demo")
    asked: asyncio.Queue[dict] = asyncio.Queue()
    told: asyncio.Queue[dict] = asyncio.Queue()
    lifespan = asyncio.create_task(whole({"type": "lifespan", "state": {}}, asked.get, told.put))
    await asked.put({"type": "lifespan.startup"})
    assert (await told.get()) == {"type": "lifespan.startup.complete"}
    try:
        yield Client(whole)
    finally:
        await asked.put({"type": "lifespan.shutdown"})
        await lifespan


def _records(tmp_path) -> list[dict]:
    lines = [
        line for path in sorted(tmp_path.glob("ledger/embedded-1/*.jsonl")) for line in path.read_text().splitlines()
    ]
    return [record for record in map(json.loads, lines) if record["kind"] in ("intent", "refusal", "outcome")]


def _play(tmp_path, story, *, config: str = CONFIG, app: App | None = None) -> App:
    app_ = app or App()

    async def whole() -> None:
        async with _serving(app_, tmp_path, config) as client:
            await story(client, app_)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())
    return app_


def test_what_comes_for_the_endpoint_is_judged_and_recorded(tmp_path):
    async def story(client, app) -> None:
        status, answer = await client.call("tools/list")
        assert (status, [tool["name"] for tool in answer["result"]["tools"]]) == (200, ["echo"])
        assert (await client.call("tools/call", name="echo", arguments={}))[1]["result"]["content"][0]["text"] == "said"
        assert (await client.call("tools/call", name="secret", arguments={}))[1]["error"]["message"] == "unknown tool"

    app = _play(tmp_path, story)
    assert [record["kind"] for record in _records(tmp_path)] == ["intent", "outcome"] * 2 + ["refusal"]
    assert {record["entrance"] for record in _records(tmp_path) if "entrance" in record} == {"embedded"}
    assert {record["peer"] for record in _records(tmp_path) if "peer" in record} == {"192.0.2.7"}
    # Nothing of the client's own request reaches the app: neither its token nor a header.
    assert all(b"authorization" not in dict(scope["headers"]) for scope in app.scopes)
    assert all(PRINCIPAL in scope for scope in app.scopes)


def test_other_paths_are_the_apps_own(tmp_path):
    async def story(client, app) -> None:
        assert await client.ask("/page", method="GET") == (200, b"the app's own page")
        assert app.scopes[-1]["headers"] == [HOST]
        assert DOORKEEPER in app.scopes[-1]

    _play(tmp_path, story)
    assert _records(tmp_path) == []


def test_or_they_are_refused_where_the_config_says_so(tmp_path):
    async def story(client, app) -> None:
        status, body = await client.ask("/page", method="GET")
        assert (status, b"nothing but `/mcp` is served here" in body) == (404, True)
        assert {scope["path"] for scope in app.scopes} <= {"/mcp"}

    _play(tmp_path, story, config=CONFIG.replace("inline: true", "inline: true, other_routes: refuse"))
    assert [record["reason"] for record in _records(tmp_path)] == ["http.refused"]


@pytest.mark.parametrize("path", ["/mcp/", "//mcp", "/MCP", "/x/../mcp", "/%6dcp", "/mcp;x", "/mcp/anything"])
def test_a_spelling_that_a_router_could_repair_does_not_reach_the_app_unjudged(tmp_path, path):
    async def story(client, app) -> None:
        assert (await client.ask(path, method="GET"))[0] == 404
        # The same where the server shows a decoded path, and only the raw one gives it away.
        assert (await client.ask("/elsewhere", method="GET", raw_path=path.encode()))[0] == 404
        # What Yett itself asks of the app has the exact path.
        assert {scope["path"] for scope in app.scopes} <= {"/mcp"}

    _play(tmp_path, story)


def test_mounted_below_a_root_the_endpoint_is_where_the_app_sees_it(tmp_path):
    async def story(client, app) -> None:
        status, _ = await client.ask("/api/mcp", root_path="/api", raw_path=b"/api/mcp", method="GET")
        assert status == 405

    _play(tmp_path, story)


def test_websockets_to_the_endpoint_are_refused(tmp_path):
    async def story(client, app) -> None:
        told: list[dict] = []

        async def receive():
            return {"type": "websocket.connect"}

        async def send(event) -> None:
            told.append(event)

        await client.app({"type": "websocket", "path": "/mcp", "raw_path": b"/mcp", "headers": []}, receive, send)
        assert told[0]["type"] == "websocket.close"
        assert {scope["type"] for scope in app.scopes} <= {"http"}

    _play(tmp_path, story)


def test_bounds_of_head_and_body_hold_and_what_they_refuse_is_recorded(tmp_path):
    async def story(client, app) -> None:
        assert (await client.ask(body=b"x" * 2_000))[0] == 413
        assert (await client.ask(headers=[HOST, (b"x", b"y" * 2_000)]))[0] == 431
        assert (await client.ask(headers=[HOST, HOST]))[0] == 400

    _play(tmp_path, story, config=CONFIG + "limits: { body: 1KiB, head: 1KiB }\n")
    assert [record["detail"].partition(":")[0] for record in _records(tmp_path)] == ["413", "431", "400"]


def test_a_foreign_host_or_origin_is_refused(tmp_path):
    async def story(client, app) -> None:
        json_body = (b"content-type", b"application/json")
        assert (await client.ask(headers=[json_body, (b"host", b"evil.example")]))[0] == 421
        assert (await client.ask(headers=[json_body, HOST, (b"origin", b"https://evil.example")]))[0] == 403

    _play(tmp_path, story)


def test_a_client_that_leaves_is_a_disconnect_to_the_app(tmp_path):
    async def story(client, app) -> None:
        await client.call("tools/list")
        app.gate = asyncio.Event()
        leave = asyncio.Event()
        calling = asyncio.create_task(client.call("tools/call", name="echo", arguments={}, leave=leave))
        while app.scopes[-1]["headers"] == [] or b"tools/call" not in dict(app.scopes[-1]["headers"]).values():
            await asyncio.sleep(0.001)
        leave.set()
        assert await calling == (None, None)
        async with asyncio.timeout(10):
            await app.left.wait()

    _play(tmp_path, story)
    assert _records(tmp_path)[-1]["status"] == "aborted"


def test_before_its_lifespan_it_serves_nobody(tmp_path):
    async def story() -> None:
        app = Embedded(App(), parse(CONFIG.encode(), tmp_path / "yett.yaml"), "demo")
        status, body = await Client(app).ask()
        assert (status, b"not started" in body) == (503, True)

    asyncio.run(story())


def test_an_app_that_is_mounted_runs_within_anothers_lifespan(tmp_path):
    async def story() -> None:
        app = Embedded(App(), parse(CONFIG.encode(), tmp_path / "yett.yaml"), "demo")
        async with app.running():
            assert (await Client(app).call("tools/call", name="echo", arguments={}))[0] == 200
            with pytest.raises(ConfigError, match="running already"):
                async with app.running():
                    pass
        assert (await Client(app).ask())[0] == 503

    asyncio.run(story())


@pytest.mark.parametrize(
    ("servers", "server", "words"),
    [
        ("{ demo: http://127.0.0.1:1/mcp }", "", "the config has 0"),
        ("{ one: { inline: true }, two: { inline: true } }", "", "name one with"),
        ("{ demo: http://127.0.0.1:1/mcp }", "demo", "is not the app's"),
        ("{ demo: { inline: true } }", "other", "is not the app's"),
    ],
)
def test_which_server_the_app_is_must_be_clear(tmp_path, servers, server, words):
    text = CONFIG.replace("{ demo: { inline: true } }", servers).replace("demo.echo", "'*.echo'")
    (tmp_path / "yett.yaml").write_text(text)
    with pytest.raises(ConfigError, match=words):
        protect(App(), tmp_path / "yett.yaml", server=server)


def test_an_app_does_not_know_whose_certificates_its_server_trusts(tmp_path):
    for name in ("a.pem", "tls.crt", "tls.key"):
        (tmp_path / name).touch()
    tls = "listen: https://127.0.0.1:1\ntls: { cert: tls.crt, key: tls.key, client_ca: a.pem }\n"
    text = re.sub(r"auth: .*\n", "auth: { mtls: { san: uri } }\n", CONFIG)
    (tmp_path / "yett.yaml").write_text(tls + text)
    with pytest.raises(ConfigError, match="is for the listener of `yett run`"):
        protect(App(), tmp_path / "yett.yaml")


def test_a_config_whose_tests_fail_protects_nothing(tmp_path):
    (tmp_path / "yett.yaml").write_text(CONFIG + "tests: [{ who: anonymous, deny: [demo.echo] }]\n")
    with pytest.raises(ConfigError, match="policy test"):
        protect(App(), str(tmp_path / "yett.yaml"))


ISSUER = "auth: { issuer: { url: http://127.0.0.1:9, unsafe_allow_loopback: true } }"


def test_where_to_sign_in_is_said_by_yett_and_not_by_the_app(tmp_path):
    async def story(client, app) -> None:
        for path in ("/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"):
            status, body = await client.ask(path, method="GET")
            assert (status, json.loads(body)["authorization_servers"]) == (200, ["http://127.0.0.1:9"])
        assert json.loads(body)["resource"] == "http://127.0.0.1:8080/mcp"
        assert (await client.call("tools/list"))[0] == 401
        # A path beside them is the app's own, like any other.
        assert (await client.ask("/.well-known/other", method="GET"))[1] == b"the app's own page"
        assert {scope["path"] for scope in app.scopes} <= {"/mcp", "/.well-known/other"}

    config = CONFIG.replace("auth: { unsafe_allow_anonymous: true }", ISSUER)
    _play(tmp_path, story, config=config.replace("everyone: {", "reader: {"))


def test_a_page_may_ask_before_it_calls(tmp_path):
    async def story(client, app) -> None:
        origin = (b"origin", b"http://127.0.0.1:8080")
        asked = [(b"access-control-request-method", b"POST"), (b"access-control-request-headers", b"authorization")]
        assert (await client.ask(method="OPTIONS", headers=[HOST, origin, *asked]))[0] == 204
        evil = (b"origin", b"https://evil.example")
        assert (await client.ask(method="OPTIONS", headers=[HOST, evil, *asked]))[0] != 204

    _play(tmp_path, story)
