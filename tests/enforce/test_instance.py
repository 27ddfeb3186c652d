"""The whole gateway on real sockets, in front of a small MCP server that runs on the same wire."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from yett.config.load import load
from yett.enforce.instance import Instance
from yett.errors import YettError
from yett.identity.entry import Entry
from yett.identity.token_file import TokenFile
from yett.identity.tokens import mint
from yett.wire.http import Incoming
from yett.wire.limits import ListenerLimits
from yett.wire.server import Responder, Server

VERSION = "2026-07-28"
KEY = "AKIA" + "Q7EXAMPLEKEY2345"
TOOLS = [
    {"name": "echo", "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}},
    {"name": "delete_all", "inputSchema": {"type": "object", "properties": {}}},
    {"name": "leak", "inputSchema": {"type": "object", "properties": {}}},
    {"name": "wait", "inputSchema": {"type": "object", "properties": {}}},
    {"name": "slow", "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}},
]


class Backend:
    """A modern MCP server: it notes every call before it answers."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.heads: list[dict[bytes, bytes]] = []
        self.cancelled = 0
        self.released = asyncio.Event()
        self.listed = asyncio.Event()
        self.listed.set()
        self.tools = list(TOOLS)

    async def answer(self, incoming: Incoming, responder: Responder) -> None:
        message = json.loads(incoming.body)
        method = message["method"]
        self.heads.append(dict(incoming.head.headers))
        if method == "initialize":
            self._reply(responder, message, error={"code": -32601, "message": "no"}, status=404)
        elif method == "server/discover":
            self._reply(responder, message, {"supportedVersions": [VERSION], "capabilities": {"tools": {}}})
        elif method == "subscriptions/listen":
            await self._stay(responder)
        elif method == "tools/list":
            await self.listed.wait()
            self._reply(responder, message, {"tools": self.tools, "ttlMs": 0, "cacheScope": "public"})
        else:
            await self._call(responder, message)

    async def _call(self, responder: Responder, message: dict[str, Any]) -> None:
        name = message["params"]["name"]
        self.calls.append(name)
        if name == "wait":
            await self._stay(responder)
        if name == "slow":
            await self.released.wait()
        text = KEY if name == "leak" else str(message["params"]["arguments"].get("text"))
        self._reply(responder, message, {"content": [{"type": "text", "text": text}], "isError": False})

    async def _stay(self, responder: Responder) -> None:
        responder.start(200, [(b"content-type", b"text/event-stream")])
        await responder.write(b": hello\n\n")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    def _reply(
        self, responder: Responder, message: dict[str, Any], result: Any = None, *, error: Any = None, status: int = 200
    ) -> None:
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
        if error is None:
            body["result"] = {"resultType": "complete", **result}
        else:
            body["error"] = error
        responder.send(status, [(b"content-type", b"application/json")], json.dumps(body).encode())


CONFIG = """\
listen: http://127.0.0.1:0
auth: {{ tokens: tokens.yaml }}
servers:
  demo: http://127.0.0.1:{port}/mcp
roles:
  reader: {{ members: [user:alice], allow: [demo.echo, demo.leak, demo.wait, demo.slow] }}
limits: {{ user: {rate}, drain: 1s }}
protect: [secrets]
ledger: {{ path: ledger }}
admin: {{ listen: "127.0.0.1:0" }}
tests:
  - who: user:alice
    allow: [demo.echo]
    deny: [demo.delete_all]
"""


class House:
    """A gateway, the server behind it, and a client's way in."""

    def __init__(self, folder: Path, backend: Backend, instance: Instance, token: str) -> None:
        self.folder = folder
        self.backend = backend
        self.instance = instance
        self.token = token

    async def post(self, method: str, params: dict[str, Any] | None = None, **extra: Any) -> tuple[int, Any]:
        """Send one modern request; return the status and the decoded body."""
        head, body = await self.raw(self.request(method, params or {}, **extra))
        status = int(head.split(b" ", 2)[1])
        return status, json.loads(body) if body.startswith(b"{") else body.decode()

    def request(
        self, method: str, params: dict[str, Any], *, token: str | None = None, host: str | None = None, lines: str = ""
    ) -> bytes:
        meta = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
        body = json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": {**params, "_meta": meta}}).encode()
        named = f"mcp-name: {params['name']}\r\n" if method == "tools/call" else ""
        sign_in = f"authorization: Bearer {token or self.token}\r\n" if token != "" else ""
        return (
            f"POST /demo/mcp HTTP/1.1\r\nhost: {host or f'127.0.0.1:{self.instance.port}'}\r\n{sign_in}{lines}"
            f"content-type: application/json\r\naccept: application/json, text/event-stream\r\n"
            f"mcp-protocol-version: {VERSION}\r\nmcp-method: {method}\r\n{named}content-length: {len(body)}\r\n"
            f"connection: close\r\n\r\n"
        ).encode() + body

    async def raw(self, sent: bytes, port: int | None = None) -> tuple[bytes, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port or self.instance.port)
        writer.write(sent)
        received = await reader.read()
        writer.close()
        head, _, body = received.partition(b"\r\n\r\n")
        return head, body

    async def admin(self, path: str, method: str = "GET", lines: str = "") -> tuple[int, str]:
        port = self.instance.admin_port
        head, body = await self.raw(
            f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{lines}connection: close\r\n\r\n".encode(), port
        )
        return int(head.split(b" ", 2)[1]), body.decode()

    def records(self, kind: str) -> list[dict[str, Any]]:
        lines = b"".join(path.read_bytes() for path in sorted((self.folder / "ledger").glob("*.jsonl"))).splitlines()
        return [record for record in map(json.loads, lines) if record["kind"] == kind]

    async def surveyed(self) -> None:
        """Wait until the catalogue is filled."""
        async with asyncio.timeout(10):
            while not self.instance.runtime.catalogue.known("demo"):
                await asyncio.sleep(0.01)


def add_token(path: Path) -> str:
    """Make a token for alice, who has it from no role of its own."""
    minted = mint(bytes(range(40)))
    TokenFile(path).add(Entry(id=minted.key_id, digest=minted.digest, user="alice", expires=None))
    return minted.token


@contextlib.asynccontextmanager
async def standing(folder: Path, *, rate: str = "600/min") -> AsyncIterator[House]:
    backend = Backend()
    server = Server(backend.answer, ListenerLimits(), lambda *_: None)
    port = await server.start("127.0.0.1", 0)
    path = folder / "yett.yaml"
    path.write_text(CONFIG.format(port=port, rate=rate))
    token = add_token(folder / "tokens.yaml")
    instance = Instance(path, load(path))
    await instance.start()
    try:
        house = House(folder, backend, instance, token)
        await house.surveyed()
        yield house
    finally:
        await instance.stop(0.2)
        await server.close()


def within(folder: Path, story: Any, **options: Any) -> Any:
    async def run() -> Any:
        async with standing(folder, **options) as house:
            return await story(house)

    return asyncio.run(run())


def call(name: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    return "tools/call", {"name": name, "arguments": arguments}


def test_an_allowed_call_is_answered(tmp_path) -> None:
    async def story(house):
        return await house.post(*call("echo", text="hi")), house.backend.calls

    (status, body), calls = within(tmp_path, story)
    assert (status, body["id"], body["result"]["content"][0]["text"]) == (200, 7, "hi")
    assert calls == ["echo"]


def test_the_clients_token_and_headers_do_not_cross(tmp_path) -> None:
    async def story(house):
        await house.post(*call("echo", text="hi"), lines="x-evil: 1\r\ncookie: a=b\r\n")
        return house.backend.heads[-1], house.token

    head, token = within(tmp_path, story)
    assert token not in str(head)
    assert not head.keys() & {b"authorization", b"x-evil", b"cookie"}
    assert head[b"mcp-name"] == b"echo"


def test_forbidden_and_unknown_tools_look_the_same_and_reach_nobody(tmp_path) -> None:
    async def story(house):
        forbidden = await house.post(*call("delete_all"))
        unknown = await house.post(*call("no_such_tool"))
        return forbidden, unknown, house.backend.calls

    forbidden, unknown, calls = within(tmp_path, story)
    assert forbidden == unknown
    assert (forbidden[0], forbidden[1]["error"]["code"]) == (200, -32602)
    assert calls == []


def test_wrong_arguments_are_refused_with_an_error_result(tmp_path) -> None:
    async def story(house):
        wrong = await house.post(*call("echo", text=5))
        extra = await house.post(*call("echo", txt="hi"))
        return wrong, extra, house.backend.calls

    wrong, extra, calls = within(tmp_path, story)
    for status, body in (wrong, extra):
        assert (status, body["result"]["isError"]) == (200, True)
    assert calls == []


def test_secrets_in_replies_are_redacted(tmp_path) -> None:
    async def story(house):
        return await house.post(*call("leak"))

    _, body = within(tmp_path, story)
    assert KEY not in json.dumps(body)
    assert "[redacted:" in body["result"]["content"][0]["text"]


def test_lists_show_what_may_be_called_and_are_private(tmp_path) -> None:
    async def story(house):
        return await house.post("tools/list")

    _, body = within(tmp_path, story)
    assert sorted(tool["name"] for tool in body["result"]["tools"]) == ["echo", "leak", "slow", "wait"]
    assert body["result"]["cacheScope"] == "private"


def test_strangers_are_challenged(tmp_path) -> None:
    async def story(house):
        head, _ = await house.raw(house.request(*call("echo"), token=""))
        wrong, _ = await house.raw(house.request(*call("echo"), token=house.token[:-1] + "x"))
        return head, wrong, house.backend.calls

    head, wrong, calls = within(tmp_path, story)
    for answer in (head, wrong):
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert b"\r\nwww-authenticate: Bearer " in answer
    assert calls == []


def test_a_foreign_host_and_a_foreign_origin_are_refused(tmp_path) -> None:
    async def story(house):
        host = await house.post(*call("echo"), host="evil.example")
        origin = await house.post(*call("echo"), lines="origin: http://evil.example\r\n")
        own = await house.post(*call("echo"), lines=f"origin: http://127.0.0.1:{house.instance.port}\r\n")
        return host[0], origin[0], own[0]

    assert within(tmp_path, story) == (421, 403, 200)


def test_too_many_calls_are_limited(tmp_path) -> None:
    async def story(house):
        return [await house.post(*call("echo", text="x")) for _ in range(3)]

    answers = within(tmp_path, story, rate="2/min")
    assert [body["result"].get("isError", False) for _, body in answers] == [False, False, True]


def test_paths_are_compared_byte_by_byte(tmp_path) -> None:
    async def story(house):
        good = house.request(*call("echo", text="x"))
        paths = [
            b"//demo/mcp",
            b"/demo/mcp/",
            b"/demo/%6dcp",
            b"/demo/mcp;x",
            b"/./demo/mcp",
            b"/DEMO/mcp",
            b"/demo/mcp?a",
        ]
        return [(await house.raw(good.replace(b"/demo/mcp", path, 1)))[0].split()[1] for path in paths]

    assert within(tmp_path, story) == [b"404"] * 6 + [b"400"]


def test_the_only_server_also_answers_at_mcp(tmp_path) -> None:
    async def story(house):
        head, _ = await house.raw(house.request(*call("echo", text="x")).replace(b"/demo/mcp", b"/mcp", 1))
        return head.split()[1]

    assert within(tmp_path, story) == b"200"


def test_every_message_has_its_records(tmp_path) -> None:
    async def story(house):
        await house.post(*call("echo", text="hi"))
        await house.post(*call("delete_all"))
        await house.raw(b"GARBAGE\r\n\r\n")

    within(tmp_path, story)

    class Folder(House):
        def __init__(self) -> None:
            self.folder = tmp_path

    house = Folder()
    assert len(house.records("intent")) == len(house.records("outcome")) == 1
    assert sorted(record["reason"] for record in house.records("refusal")) == ["access.not-granted", "http.refused"]


def test_a_client_that_leaves_cancels_the_call(tmp_path) -> None:
    async def story(house):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.instance.port)
        writer.write(house.request(*call("wait")))
        await reader.readuntil(b"\r\n\r\n")
        writer.close()
        async with asyncio.timeout(5):
            while not house.backend.cancelled:
                await asyncio.sleep(0.01)
        return house.backend.cancelled

    assert within(tmp_path, story) == 1


def test_a_revoked_token_ends_an_open_stream(tmp_path) -> None:
    async def story(house):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.instance.port)
        writer.write(house.request(*call("wait")))
        await reader.readuntil(b"\r\n\r\n")
        TokenFile(house.folder / "tokens.yaml").revoke("alice")
        async with asyncio.timeout(5):
            await reader.read()
        writer.close()
        status, _ = await house.post(*call("echo"))
        return status, [record["fields"]["what"] for record in house.records("event") if record["event"] == "tokens"]

    assert within(tmp_path, story) == (401, ["0 tokens hold now"])


def test_a_good_reload_changes_what_is_allowed_and_a_bad_one_changes_nothing(tmp_path) -> None:
    async def story(house):
        path = house.folder / "yett.yaml"
        text = path.read_text()
        path.write_text(text.replace("demo.leak, ", ""))
        good = await house.admin("/reload", "POST", "x-yett-reload: 1\r\n")
        denied = await house.post(*call("leak"))
        path.write_text(text.replace("deny: [demo.delete_all]", "deny: [demo.echo]"))
        failing = await house.admin("/reload", "POST", "x-yett-reload: 1\r\n")
        path.write_text("listen: [")
        broken = await house.admin("/reload", "POST", "x-yett-reload: 1\r\n")
        unasked = await house.admin("/reload", "POST")
        return good, denied, failing, broken, unasked, await house.post(*call("echo", text="still"))

    good, denied, failing, broken, unasked, still = within(tmp_path, story)
    assert good == (200, "reloaded\n")
    assert denied[1]["error"]["code"] == -32602
    assert failing[0] == 409
    assert "policy test" in failing[1]
    assert broken[0] == 409
    assert unasked[0] == 403
    assert still[1]["result"]["content"][0]["text"] == "still"


def test_a_rejected_reload_says_where_the_mistake_is(tmp_path) -> None:
    async def story(house):
        path = house.folder / "yett.yaml"
        path.write_text(path.read_text().replace("protect:", "protct:"))
        return await house.admin("/reload", "POST", "x-yett-reload: 1\r\n")

    status, text = within(tmp_path, story)
    assert status == 409
    assert "yett.yaml:8:1" in text
    assert "did you mean `protect`?" in text


def test_a_gateway_whose_policy_fails_its_tests_does_not_start(tmp_path) -> None:
    async def run() -> None:
        path = tmp_path / "yett.yaml"
        path.write_text(CONFIG.format(port=1, rate="600/min").replace("deny: [demo.delete_all]", "deny: [demo.echo]"))
        add_token(tmp_path / "tokens.yaml")
        instance = Instance(path, load(path))
        with pytest.raises(YettError, match="1 policy test failed: user:alice may not call"):
            await instance.start()

    asyncio.run(run())
    assert not (tmp_path / "ledger").exists()


def test_a_session_of_a_server_that_a_reload_removed_does_not_keep_the_gateway_from_ending(tmp_path) -> None:
    async def story(house):
        house.instance.runtime.sessions.new(bytes(24), ("yett", "alice"), "demo")
        path = house.folder / "yett.yaml"
        path.write_text(path.read_text().replace("demo:", "other:").replace("demo.", "other."))
        assert (await house.admin("/reload", "POST", "x-yett-reload: 1\r\n"))[0] == 200
        await house.instance.stop(0.2)
        return house.records("event")[-1]["event"]

    assert within(tmp_path, story) == "stop"


async def listening(house: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a subscription, and wait until it has begun."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.instance.port)
    writer.write(house.request("subscriptions/listen", {"notifications": {"toolsListChanged": True}}))
    await reader.readuntil(b": keep-alive\n\n")
    return reader, writer


async def moved(house: Any) -> tuple[int, str]:
    """Reload a config in which the server gets another header, and is thus another upstream."""
    path = house.folder / "yett.yaml"
    url = re.search(r"http://127.0.0.1:[1-9][0-9]*/mcp", path.read_text())[0]
    path.write_text(path.read_text().replace(url, f"{{ url: {url}, headers: {{ X-Turn: second }} }}"))
    return await house.admin("/reload", "POST", "x-yett-reload: 1\r\n")


def test_a_gateway_that_ends_tells_its_open_streams_and_waits_for_none(tmp_path) -> None:
    async def story(house):
        reader, writer = await listening(house)
        async with asyncio.timeout(5):
            await house.instance.stop(60)
            rest = await reader.read()
        writer.close()
        return rest, house.records("outcome")[-1]

    rest, outcome = within(tmp_path, story)
    assert b'"id":7,"result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":7}}' in rest
    assert rest.endswith(b"\r\n0\r\n\r\n")
    assert (outcome["status"], outcome["detail"]) == ("allowed", "the gateway is ending")


def test_calls_under_way_end_where_they_began_when_a_reload_changes_their_server(tmp_path) -> None:
    async def story(house):
        running = asyncio.create_task(house.post(*call("slow", text="old")))
        async with asyncio.timeout(5):
            while "slow" not in house.backend.calls:
                await asyncio.sleep(0.01)
        status, _ = await moved(house)
        await house.surveyed()
        after = await house.post(*call("echo", text="new"))
        house.backend.released.set()
        turns = [head.get(b"x-turn") for head in house.backend.heads if head.get(b"mcp-name") in (b"slow", b"echo")]
        return status, await running, after, turns

    status, running, after, turns = within(tmp_path, story)
    assert status == 200
    assert [answer[1]["result"]["content"][0]["text"] for answer in (running, after)] == ["old", "new"]
    assert turns == [None, b"second"]


def test_a_call_that_waits_for_a_list_of_tools_while_the_config_changes_is_judged_by_the_new_one(tmp_path) -> None:
    async def story(house):
        house.backend.listed.clear()
        await moved(house)
        waiting = [asyncio.create_task(house.post(*call(tool, text="hi"))) for tool in ("echo", "slow")]
        async with asyncio.timeout(5):
            while sum(delivery.waiting for delivery in house.instance._gateway._running) < 2:
                await asyncio.sleep(0.01)
        path = house.folder / "yett.yaml"
        path.write_text(path.read_text().replace(", demo.slow]", "]"))
        await house.admin("/reload", "POST", "x-yett-reload: 1\r\n")
        house.backend.listed.set()
        async with asyncio.timeout(15):
            answers = await asyncio.gather(*waiting)
        return answers, [record["reason"] for record in house.records("refusal")], len(house.records("intent"))

    (allowed, denied), refusals, intents = within(tmp_path, story)
    assert allowed[1]["result"]["content"][0]["text"] == "hi"
    assert denied[1]["error"]["code"] == -32602
    assert (refusals, intents) == (["access.not-granted"], 1)


def test_a_call_that_stays_too_long_with_a_server_that_was_changed_is_ended(tmp_path) -> None:
    async def story(house):
        running = asyncio.create_task(house.post(*call("slow")))
        async with asyncio.timeout(5):
            while "slow" not in house.backend.calls:
                await asyncio.sleep(0.01)
            await moved(house)
            return await running

    status, body = within(tmp_path, story)
    assert (status, body["error"]["code"]) == (200, 5030)


def test_a_stream_of_a_server_that_was_changed_is_told_to_open_again(tmp_path) -> None:
    async def story(house):
        reader, writer = await listening(house)
        async with asyncio.timeout(5):
            await moved(house)
            rest = await reader.read()
        writer.close()
        return rest, house.records("outcome")[-1]["detail"]

    rest, detail = within(tmp_path, story)
    assert b'"resultType":"complete"' in rest
    assert detail == "the configuration changed: listen again"


def test_sessions_are_ended_side_by_side_because_a_silent_server_takes_its_time_for_each(tmp_path) -> None:
    async def story(house):
        ending, most = 0, 0

        async def end(_session) -> None:
            nonlocal ending, most
            ending += 1
            most = max(most, ending)
            await asyncio.sleep(0.01)
            ending -= 1

        house.instance.runtime.upstreams["demo"].end = end
        for number in range(30):
            house.instance.runtime.sessions.new(bytes([number]) * 24, ("yett", "alice"), "demo")
        await house.instance.stop(0.2)
        return most

    assert within(tmp_path, story) == 30


def test_background_work_that_broke_shows_as_not_ready(tmp_path, caplog) -> None:
    async def story(house):
        async def broken() -> None:
            raise KeyError("no such thing")

        house.instance._background.spawn("recheck", broken())
        for _ in range(3):
            await asyncio.sleep(0)
        return await house.admin("/readyz?verbose")

    status, text = within(tmp_path, story)
    assert status == 503
    assert "[-]background recheck ended: KeyError" in text
    assert "background.ended" in [record.message for record in caplog.records]


def test_a_token_file_that_cannot_be_used_shows_in_readiness(tmp_path) -> None:
    async def story(house):
        (house.folder / "tokens.yaml").chmod(0o644)
        async with asyncio.timeout(10):
            while "[-]tokens" not in (seen := await house.admin("/readyz?verbose"))[1]:
                await asyncio.sleep(0.05)
        return seen

    assert "run `chmod 600` on it" in within(tmp_path, story)[1]


def test_health_readiness_and_metrics(tmp_path) -> None:
    async def story(house):
        await house.post(*call("echo", text="x"))
        await house.post(*call("leak"))
        return await house.admin("/livez"), await house.admin("/readyz?verbose"), await house.admin("/metrics")

    live, ready, metrics = within(tmp_path, story)
    assert live == (200, "ok\n")
    assert ready[0] == 200
    assert "[+]server-demo 5 tools" in ready[1]
    assert 'yett_decisions_total{decision="allowed",reason="",server="demo"}' in metrics[1]
    assert 'yett_redactions_total{server="demo"}' in metrics[1]


def test_the_admin_listener_answers_to_its_own_names_only(tmp_path) -> None:
    async def story(house):
        port = house.instance.admin_port
        head, _ = await house.raw(b"GET /metrics HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n", port)
        return head.split()[1]

    assert within(tmp_path, story) == b"421"


def test_an_address_that_is_taken_is_an_error_that_leaves_nothing_behind(tmp_path) -> None:
    async def story(house):
        folder = tmp_path / "second"
        folder.mkdir()
        text = (
            (tmp_path / "yett.yaml")
            .read_text()
            .replace("listen: http://127.0.0.1:0", f"listen: http://127.0.0.1:{house.instance.port}")
        )
        (folder / "yett.yaml").write_text(text)
        add_token(folder / "tokens.yaml")
        second = Instance(folder / "yett.yaml", load(folder / "yett.yaml"))
        with pytest.raises(YettError, match="cannot listen"):
            await second.start()
        return len(asyncio.all_tasks())

    assert within(tmp_path, story) < 30
