from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yett.core.message import Notification, Reply, Request
from yett.core.verdict import Deny
from yett.enforce import stdio
from yett.enforce.stdio import Stdio
from yett.identity.credentials import Credentials
from yett.upstream.upstream import Arrival

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Client:
    """The client's end of a pipe: sends lines, waits for messages."""

    def __init__(self, runtime) -> None:
        self.heard: list[dict] = []
        self._news = asyncio.Event()
        self._lines: asyncio.Queue[bytes] = asyncio.Queue()
        self.front = Stdio(runtime, "demo", self._write, Credentials(authorization=(b"Bearer t",), server="demo"))
        self.serving = asyncio.create_task(self.front.serve(self._chunks()))

    async def _write(self, line: bytes) -> None:
        self.heard.append(json.loads(line))
        self._news.set()

    async def _chunks(self) -> AsyncIterator[bytes]:
        while line := await self._lines.get():
            yield line

    def say(self, *messages: dict | bytes) -> None:
        lines = [m if isinstance(m, bytes) else json.dumps({"jsonrpc": "2.0", **m}).encode() for m in messages]
        self._lines.put_nowait(b"".join(line + b"\n" for line in lines))

    def ask(self, method: str, id: int | str = 1, **params) -> None:
        self.say({"id": id, "method": method, "params": {**params, "_meta": META}})

    async def answer(self, id: int | str | None = 1) -> dict:
        while True:
            for message in self.heard:
                if "method" not in message and message.get("id") == id:
                    return message
            self._news.clear()
            async with asyncio.timeout(20):
                await self._news.wait()

    async def notification(self, method: str) -> dict:
        while True:
            for message in self.heard:
                if message.get("method") == method:
                    return message
            self._news.clear()
            async with asyncio.timeout(20):
                await self._news.wait()

    async def leave(self, seconds: float = 5.0) -> None:
        self._lines.put_nowait(b"")
        await self.serving
        await self.front.finish(seconds)


def _played(kit, story, script=None, **changes):
    async def run():
        scene = kit.scene()
        if script is not None:
            scene.upstream.script = script
        for name, value in changes.items():
            setattr(scene, name, value)
        async with scene:
            client = Client(scene.runtime)
            try:
                await story(client, scene)
            finally:
                await client.leave(0.0)
            scene.client = client
        return scene

    return asyncio.run(run())


def test_a_modern_request_is_answered_and_recorded(kit):
    async def story(client, scene):
        client.ask("tools/list")
        assert await client.answer() == {"jsonrpc": "2.0", "id": 1, "result": {}}

    scene = _played(kit, story)
    assert scene.kinds() == ["intent", "outcome"]
    assert (scene.records()[0]["entrance"], scene.records()[0]["era"]) == ("stdio", "modern")
    assert scene.upstream.sent[0][0] == Request(id=1, method="tools/list", params={"_meta": META})


def test_lines_that_are_no_messages_are_answered_without_an_id(kit):
    async def story(client, scene):
        client.say(b"garbage", b"[]", b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}')
        await client.answer(None)
        client.ask("tools/list", 9)
        await client.answer(9)
        assert [m["error"]["code"] for m in client.heard if m["id"] is None] == [-32700, -32600, -32700]

    assert _played(kit, story).kinds() == ["refusal"] * 3 + ["intent", "outcome"]


def test_a_line_longer_than_a_message_may_be_is_refused_and_the_next_one_is_read(kit):
    async def story(client, scene):
        client.say(b"x" * (scene.runtime.bounds.bytes + 1))
        client.ask("tools/list")
        await client.answer()
        assert client.heard[0]["error"]["code"] == 4130

    assert _played(kit, story).records()[0]["reason"] == "stdio.line"


def test_a_caller_who_is_refused_gets_an_answer_to_every_request(kit):
    async def story(client, scene):
        client.ask("tools/list", 1)
        client.ask("tools/list", "two")
        assert (await client.answer(1))["error"]["code"] == 4010
        assert (await client.answer("two"))["error"]["code"] == 4010

    scene = _played(kit, story, identify=lambda _credentials, _now: Deny(reason=kit.NOBODY))
    assert (scene.kinds(), scene.upstream.sent) == (["refusal", "refusal"], [])


def test_requests_run_side_by_side(kit):
    gate = asyncio.Event()

    async def story(client, scene):
        client.ask("tools/call", 1, name="slow")
        client.ask("tools/list", 2)
        await client.answer(2)
        gate.set()
        await client.answer(1)
        assert [m["id"] for m in client.heard] == [2, 1]

    def script(message):
        reply = Arrival(message=Reply(id=message.id, result={}))
        return [gate, reply] if message.method == "tools/call" else [reply]

    _played(kit, story, script)


def test_a_modern_client_cancels_with_a_notification_and_hears_no_more(kit):
    never = asyncio.Event()

    async def story(client, scene):
        client.ask("tools/call", 1, name="slow")
        while not scene.upstream.sent:
            await asyncio.sleep(0.001)
        client.say({"method": "notifications/cancelled", "params": {"requestId": 1}})
        while not scene.upstream.left_early:
            await asyncio.sleep(0.001)
        client.ask("tools/list", 2)
        await client.answer(2)
        assert [m["id"] for m in client.heard] == [2]

    scene = _played(
        kit, story, lambda m: [never] if m.method == "tools/call" else [Arrival(message=Reply(id=m.id, result={}))]
    )
    outcomes = {record["exchange"]: record for record in scene.records() if record["kind"] == "outcome"}
    assert sorted(outcome["status"] for outcome in outcomes.values()) == ["aborted", "allowed", "allowed"]


def test_true_does_not_cancel_what_has_the_number_one(kit):
    gate = asyncio.Event()

    async def story(client, scene):
        client.ask("tools/call", 1, name="slow")
        client.say({"method": "notifications/cancelled", "params": {"requestId": True}})
        client.say({"method": "notifications/cancelled", "params": {"requestId": "1"}})
        client.ask("tools/list", 2)
        await client.answer(2)
        gate.set()
        assert (await client.answer(1))["result"] == {}

    _played(
        kit,
        story,
        lambda m: [*([gate] if m.method == "tools/call" else []), Arrival(message=Reply(id=m.id, result={}))],
    )


HELLO = {
    "id": 0,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}
WELCOME = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}


def _legacy(message):
    if message.method == "initialize":
        return [Arrival(message=Reply(id=message.id, result=WELCOME))]
    if message.method == "GET":
        return [Arrival(message=Notification(method="notifications/tools/list_changed")), asyncio.Event()]
    return [Arrival(message=Reply(id=message.id, result={"tools": []}))]


def test_a_legacy_client_has_one_session_whose_stream_is_open_by_itself(kit):
    async def story(client, scene):
        client.say(HELLO, {"method": "notifications/initialized"}, {"id": 1, "method": "tools/list"})
        assert (await client.answer(0))["result"] == WELCOME
        assert (await client.answer(1))["result"] == {"tools": []}
        assert await client.notification("notifications/tools/list_changed")
        assert len(scene.runtime.sessions) == 1
        client.say({**HELLO, "id": 2})
        assert "cannot be sent in one" in (await client.answer(2))["error"]["message"]

    scene = _played(kit, story, _legacy)
    assert [message.method for message, _ in scene.upstream.sent] == [
        *("initialize", "notifications/initialized", "tools/list", "GET")
    ] or [message.method for message, _ in scene.upstream.sent] == [
        *("initialize", "notifications/initialized", "GET", "tools/list")
    ]
    assert {record["session"] for record in scene.records() if record.get("method") == "tools/list"} != {""}


def test_without_a_handshake_a_legacy_request_is_refused(kit):
    async def story(client, scene):
        client.say({"id": 1, "method": "tools/list"})
        assert "initialize" in (await client.answer(1))["error"]["message"]

    assert _played(kit, story, _legacy).upstream.sent == []


def test_a_handshake_that_fails_may_be_tried_again(kit):
    times = []

    def script(message):
        times.append(message)
        if len(times) == 1:
            from yett.core.message import Failure

            return [Arrival(message=Reply(id=message.id, error=Failure(code=-32603, message="not yet")))]
        return _legacy(message)

    async def story(client, scene):
        client.say(HELLO)
        assert "error" in await client.answer(0)
        client.say({**HELLO, "id": 5})
        assert (await client.answer(5))["result"] == WELCOME

    _played(kit, story, script)


def test_a_session_whose_server_has_ended_is_the_end_of_the_pipe(kit):
    from yett.errors import UpstreamUnavailable
    from yett.protocol.session import Stage

    async def story(client, scene):
        client.say(HELLO, {"method": "notifications/initialized"})
        await client.answer(0)
        [session] = list(scene.runtime.sessions._by_id.values())

        def gone(message):
            session.stage = Stage.ENDED
            return [UpstreamUnavailable("the server process has ended")]

        scene.upstream.script = gone
        client.say({"id": 1, "method": "tools/list"})
        assert (await client.answer(1))["error"]["code"] == 5030
        async with asyncio.timeout(10):
            await client.front.over.wait()

    _played(kit, story, _legacy)


def test_what_is_not_allowed_any_more_is_ended_with_an_answer(kit):
    never = asyncio.Event()

    async def story(client, scene):
        client.ask("tools/call", 1, name="slow")
        while not scene.upstream.sent:
            await asyncio.sleep(0.001)
        client.front.runtime = replace(scene.runtime, identify=lambda _credentials, _now: Deny(reason=kit.NOBODY))
        assert client.front.recheck() == 1
        answer = await client.answer(1)
        assert "not any more" in answer["result"]["content"][0]["text"]

    scene = _played(kit, story, lambda _message: [never])
    assert scene.records()[-1]["detail"] == "no longer allowed: identity.missing"


def test_when_the_input_ends_calls_may_finish_and_streams_are_ended(kit):
    gate, never = asyncio.Event(), asyncio.Event()

    def script(message):
        if message.method == "subscriptions/listen":
            return [never]
        return [gate, Arrival(message=Reply(id=message.id, result={}))]

    async def story(client, scene):
        client.ask("subscriptions/listen", "l", notifications={})
        client.ask("tools/call", 1, name="slow")
        while len(scene.upstream.sent) < 2:
            await asyncio.sleep(0.001)
        leaving = asyncio.create_task(client.leave(20.0))
        assert (await client.answer("l"))["result"]["resultType"] == "complete"
        gate.set()
        await leaving
        assert (await client.answer(1))["result"] == {}

    _played(kit, story, script)


def test_not_more_lines_are_taken_than_there_are_places(kit, monkeypatch):
    monkeypatch.setattr(stdio, "AT_ONCE", 2)
    gate = asyncio.Event()

    async def story(client, scene):
        for number in range(5):
            client.ask("tools/call", number, name="slow")
        while len(scene.upstream.sent) < 2:
            await asyncio.sleep(0.001)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(scene.upstream.sent) == 2
        gate.set()
        await client.answer(4)

    _played(kit, story, lambda m: [gate, Arrival(message=Reply(id=m.id, result={}))])


_LINE = st.one_of(
    st.binary(max_size=60).filter(lambda line: b"\n" not in line),
    st.sampled_from(
        [
            b"{}",
            b"[]",
            b"null",
            b'{"jsonrpc":"2.0","id":1}',
            b'{"jsonrpc":"2.0","id":1,"method":"initialize"}',
            b'{"jsonrpc":"2.0","method":"notifications/initialized"}',
            b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":[1]}}',
            b'{"jsonrpc":"2.0","id":1,"result":{}}',
            b'{"jsonrpc":"2.0","id":true,"method":"ping"}',
            b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}',
        ]
    ),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_LINE, max_size=6))
def test_whatever_lines_come_the_next_request_is_answered(kit, lines):
    async def story(client, scene):
        client.say(*lines, b"")
        client.ask("tools/list", "after all that")
        assert (await client.answer("after all that"))["result"] == {"tools": []}
        assert len(client.heard) <= len(lines) + 1

    _played(kit, story, _legacy)
