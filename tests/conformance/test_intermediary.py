"""The rules for intermediaries, which the official suite leaves out: one gateway between a raw client and a raw server.

Neither end is made of Yett's parts, so that no fault of those can hide on both sides of the wire.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from yett.config.load import load
from yett.enforce.instance import Instance
from yett.identity.entry import Entry
from yett.identity.token_file import TokenFile
from yett.identity.tokens import mint

MODERN: Final = "2026-07-28"
LEGACY: Final = "2025-11-25"
THEIRS: Final = "the-server-s-own-session"
META: Final = "io.modelcontextprotocol/"
PATIENCE: Final = 10.0
TOOLS: Final = [
    {"name": "work", "inputSchema": {"type": "object", "properties": {}}},
    {
        "name": "report",
        "inputSchema": {
            "type": "object",
            "properties": {"region": {"type": "string", "x-mcp-header": "Region"}, "query": {"type": "string"}},
        },
    },
]

JSON = dict[str, Any]


# The server: it does what the test tells it, byte by byte.


class Asked(NamedTuple):
    """One request as it came in, and the connection it came on."""

    verb: str
    headers: list[tuple[str, str]]
    message: JSON
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def fields(self) -> dict[str, str]:
        return dict(self.headers)

    @property
    def method(self) -> str:
        return self.message.get("method", "")

    def answer(self, result: JSON, *, status: int = 200, head: str = "") -> None:
        body = {"jsonrpc": "2.0", "id": self.message["id"], "result": result}
        self.raw(json.dumps(body).encode(), status=status, head=f"content-type: application/json\r\n{head}")

    def raw(self, body: bytes = b"", *, status: int = 200, head: str = "") -> None:
        self.writer.write(f"HTTP/1.1 {status} x\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body)

    def stream(self, head: str = "") -> None:
        """Begin an event stream that ends with the connection."""
        fixed = "content-type: text/event-stream\r\nconnection: close\r\n"
        self.writer.write(f"HTTP/1.1 200 x\r\n{fixed}{head}\r\n".encode())

    async def event(self, message: JSON, event_id: str = "") -> None:
        number = f"id: {event_id}\n" if event_id else ""
        await self.write(f"{number}event: message\ndata: {json.dumps(message)}\n\n")

    async def write(self, text: str) -> None:
        self.writer.write(text.encode())
        await self.writer.drain()

    async def left(self) -> None:
        """Return when the gateway has closed the connection."""
        while await self.reader.read(1024):
            pass


Play = Callable[[Asked], Awaitable[None]]


class Backend:
    """A server of both eras. `plays` says what to do about a method, or about GET and DELETE."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.plays: dict[str, Play] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self.tasks.add(task)
        try:
            while True:
                asked = await read_request(reader, writer)
                self.asked.append(asked)
                await self.plays.get(asked.method or asked.verb, self.plain)(asked)
                await writer.drain()
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async def plain(self, asked: Asked) -> None:
        """What a server says when nothing is the matter."""
        match asked.method or asked.verb:
            case "server/discover":
                asked.answer({"supportedVersions": [MODERN], "capabilities": {}, **CACHED})
            case "initialize":
                result = {"protocolVersion": LEGACY, "capabilities": {"tools": {}}, "serverInfo": {"name": "raw"}}
                asked.answer(result, head=f"mcp-session-id: {THEIRS}\r\n")
            case "tools/list":
                asked.answer({"tools": TOOLS, **CACHED})
            case "GET":
                asked.raw(status=405, head="allow: POST, DELETE\r\n")
            case _ if "id" in asked.message and asked.method:
                asked.answer({"content": [], **({"resultType": "complete"} if is_modern(asked) else {})})
            case _:
                asked.raw(status=202)

    def about(self, method: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.method == method]


CACHED: Final = {"resultType": "complete", "ttlMs": 86_400_000, "cacheScope": "public"}


def is_modern(asked: Asked) -> bool:
    return f"{META}protocolVersion" in asked.message.get("params", {}).get("_meta", {})


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head.split("\r\n")[:-2]
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    body = await reader.readexactly(int(dict(headers).get("content-length", "0")))
    return Asked(line.split()[0], headers, json.loads(body) if body else {}, reader, writer)


# The client: it reads what is there, when it is there.


class Answer:
    """One HTTP answer, read piece by piece."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.status = 0
        self.headers: list[tuple[str, str]] = []

    async def begun(self) -> Answer:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.split("\r\n")[:-2]
        self.status = int(line.split()[1])
        self.headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        return self

    @property
    def fields(self) -> dict[str, str]:
        return dict(self.headers)

    async def body(self) -> bytes:
        return await self._reader.readexactly(int(self.fields["content-length"]))

    async def json(self) -> JSON:
        return json.loads(await self.body())

    async def piece(self) -> bytes:
        """One chunk of a stream; empty at its end."""
        size = int((await self._reader.readline()).split(b";")[0], 16)
        return (await self._reader.readexactly(size + 2))[:-2]

    async def event(self) -> JSON:
        """The next event with a message; comments are skipped."""
        return json.loads((await self.fields_of_event(needs_data=True))["data"])

    async def fields_of_event(self, *, needs_data: bool = False) -> dict[str, str]:
        while piece := await self.piece():
            fields = dict(
                line.split(": ", 1) for line in piece.decode().splitlines() if ": " in line and line[0] != ":"
            )
            if fields and (fields.get("data") or not needs_data):
                return fields
        raise EOFError("the stream ended")

    async def comment(self) -> bytes:
        while not (piece := await self.piece()).startswith(b":"):
            pass
        return piece

    def leave(self) -> None:
        self._writer.transport.abort()


class Scene:
    """A gateway between the two, and the tokens of its users."""

    def __init__(self, backend: Backend, instance: Instance, tokens: dict[str, str]) -> None:
        self.backend, self.instance, self.tokens = backend, instance, tokens
        self.writers: list[asyncio.StreamWriter] = []

    async def send(
        self, verb: str, headers: list[tuple[str, str]], body: bytes = b"", *, user: str = "ada", server: str = "raw"
    ) -> Answer:
        """Send one request on a connection of its own; the answer has not begun yet."""
        port = self.instance.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        self.writers.append(writer)
        fixed = [("Host", f"127.0.0.1:{port}"), ("Authorization", f"Bearer {self.tokens[user]}")]
        lines = [f"{name}: {value}" for name, value in (*fixed, *headers, ("Content-Length", str(len(body))))]
        writer.write("\r\n".join((f"{verb} /{server}/mcp HTTP/1.1", *lines, "", "")).encode() + body)
        return Answer(reader, writer)

    async def post(self, message: JSON, headers: list[tuple[str, str]] | None = None, **others: str) -> Answer:
        headers = modern_headers(message) if headers is None else headers
        return await self.send("POST", [*KINDS, *headers], json.dumps(message).encode(), **others)

    async def ask(self, message: JSON, headers: list[tuple[str, str]] | None = None, **others: str) -> Answer:
        """Send a message and wait for the head of the answer."""
        return await (await self.post(message, headers, **others)).begun()

    async def session(self, **others: str) -> list[tuple[str, str]]:
        """Shake hands; the headers of everything that follows."""
        hello = {"protocolVersion": LEGACY, "capabilities": {"elicitation": {}}, "clientInfo": {"name": "c"}}
        greeted = await self.ask(request(1, "initialize", hello), [], **others)
        headers = [("Mcp-Session-Id", greeted.fields["mcp-session-id"]), ("MCP-Protocol-Version", LEGACY)]
        ready = await self.ask({"jsonrpc": "2.0", "method": "notifications/initialized"}, headers, **others)
        assert ready.status == 202
        return headers


KINDS: Final = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")]
EVENTS: Final = [("Accept", "text/event-stream")]
CONFIG: Final = """\
listen: http://127.0.0.1:0
auth: {{ tokens: tokens.yaml }}
servers: {{ raw: "http://127.0.0.1:{port}/mcp", other: "http://127.0.0.1:{port}/mcp" }}
roles: {{ tester: {{ members: [user:ada, user:ben], allow: ["*.*"] }} }}
limits: {{ drain: 0s }}
ledger: {{ path: ledger }}
"""


def request(number: int | str, method: str, params: JSON | None = None) -> JSON:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}


def call(number: int | str = 1, tool: str = "work", token: int | str | None = None, **arguments: Any) -> JSON:
    """A legacy call."""
    params: JSON = {"name": tool, "arguments": arguments}
    return request(number, "tools/call", params if token is None else params | {"_meta": {"progressToken": token}})


def modern(message: JSON) -> JSON:
    params = message["params"]
    meta = {f"{META}protocolVersion": MODERN, f"{META}clientCapabilities": {}, **params.get("_meta", {})}
    return message | {"params": params | {"_meta": meta}}


def modern_headers(message: JSON) -> list[tuple[str, str]]:
    name = message["params"].get("name")
    headers = [("MCP-Protocol-Version", MODERN), ("Mcp-Method", message["method"])]
    return headers if name is None else [*headers, ("Mcp-Name", name)]


def progress(token: int | str, step: int = 1) -> JSON:
    return {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": token, "progress": step}}


def done(asked: Asked, text: str = "done") -> JSON:
    result = {"content": [{"type": "text", "text": text}], **({"resultType": "complete"} if is_modern(asked) else {})}
    return {"jsonrpc": "2.0", "id": asked.message["id"], "result": result}


def add_tokens(path: Path) -> dict[str, str]:
    tokens = {}
    for number, user in enumerate(("ada", "ben")):
        minted = mint(bytes(range(number, number + 40)))
        TokenFile(path).add(Entry(id=minted.key_id, digest=minted.digest, user=user, expires=None))
        tokens[user] = minted.token
    return tokens


@asynccontextmanager
async def standing(folder: Path) -> AsyncIterator[Scene]:
    backend = Backend()
    server = await asyncio.start_server(backend.connected, "127.0.0.1", 0)
    (folder / "yett.yaml").write_text(CONFIG.format(port=server.sockets[0].getsockname()[1]))
    tokens = add_tokens(folder / "tokens.yaml")
    instance = Instance(folder / "yett.yaml", load(folder / "yett.yaml"))
    await instance.start()
    scene = Scene(backend, instance, tokens)
    try:
        while not all(map(instance.runtime.catalogue.known, ("raw", "other"))):
            await asyncio.sleep(0.005)
        backend.asked.clear()
        yield scene
    finally:
        for writer in scene.writers:
            writer.close()
        await instance.stop(0)
        server.close()
        for task in backend.tasks:
            task.cancel()
        await asyncio.gather(*backend.tasks, return_exceptions=True)


def within(folder: Path, story: Callable[[Scene], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with asyncio.timeout(PATIENCE), standing(folder) as scene:
            return await story(scene)

    return asyncio.run(run())


# Header and body must agree.

WORK: Final = modern(call())
STANDARD: Final = modern_headers(WORK)


def without(name: str) -> list[tuple[str, str]]:
    return [header for header in STANDARD if header[0] != name]


def instead(name: str, value: str) -> list[tuple[str, str]]:
    return [*without(name), (name, value)]


@pytest.mark.parametrize(
    "headers",
    [
        without("MCP-Protocol-Version"),
        without("Mcp-Method"),
        without("Mcp-Name"),
        instead("MCP-Protocol-Version", LEGACY),
        instead("Mcp-Method", "tools/list"),
        instead("Mcp-Method", "TOOLS/CALL"),
        instead("Mcp-Name", "report"),
        instead("Mcp-Name", "Work"),
        instead("Mcp-Name", "=?base64?d29yaw=?="),
        [*STANDARD, ("Mcp-Name", "work")],
        [*STANDARD, ("mcp-method", "tools/call")],
    ],
    ids=str,
)
def test_a_header_unlike_the_body_is_refused_and_nothing_is_sent(tmp_path, headers) -> None:
    async def story(scene):
        answer = await scene.ask(WORK, headers)
        return answer.status, (await answer.json())["error"]["code"], scene.backend.asked

    assert within(tmp_path, story) == (400, -32020, [])


def encoded(text: str) -> str:
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("Mcp-Param-Region", "north")], 200),
        ([("mcp-param-REGION", "  north ")], 200),
        ([("Mcp-Param-Region", encoded("north"))], 200),
        ([("Mcp-Param-Region", "north"), ("Mcp-Param-Undeclared", "x")], 200),
        ([], 400),
        ([("Mcp-Param-Region", "south")], 400),
        ([("Mcp-Param-Region", "north"), ("Mcp-Param-Region", "north")], 400),
        ([("Mcp-Param-Region", encoded("north").replace("=?base64?", "=?base64?!"))], 400),
    ],
    ids=str,
)
def test_mirrored_parameters_must_agree_and_are_made_anew(tmp_path, headers, status) -> None:
    message = modern(call(tool="report", region="north", query="q"))

    async def story(scene):
        answer = await scene.ask(message, [*modern_headers(message), *headers])
        sent = [[header for header in asked.headers if "param" in header[0]] for asked in scene.backend.asked]
        return answer.status, sent

    assert within(tmp_path, story) == (status, [[("mcp-param-region", "north")]] if status == 200 else [])


# No header crosses, in either direction.

STRANGE: Final = [
    ("Cookie", "a=b"),
    ("User-Agent", "client/1"),
    ("X-Forwarded-For", "10.0.0.1"),
    ("Forwarded", "for=10.0.0.1"),
    ("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ("Accept-Language", "de"),
    ("Accept-Encoding", "gzip"),
    ("X-Api-Key", "secret"),
    ("Mcp-Session-Id", "from-somewhere"),
    ("Last-Event-ID", "7"),
]
MADE: Final = {"host", "content-type", "content-length", "accept", "accept-encoding"}


def test_no_header_of_a_modern_client_crosses(tmp_path) -> None:
    async def story(scene):
        assert (await scene.ask(WORK, [*STANDARD, *STRANGE])).status == 200
        return scene.backend.asked

    (asked,) = within(tmp_path, story)
    assert {name for name, _ in asked.headers} - MADE == {"mcp-protocol-version", "mcp-method", "mcp-name"}
    assert (asked.fields["mcp-name"], asked.fields["accept-encoding"]) == ("work", "identity")


def test_no_header_of_a_legacy_client_crosses(tmp_path) -> None:
    lies = [("Mcp-Method", "tools/list"), ("Mcp-Name", "harmless"), ("Mcp-Param-Region", "x"), *STRANGE[:-2]]

    async def story(scene):
        session = await scene.session()
        assert (await scene.ask(call(), [*session, *lies])).status == 200
        return scene.backend.about("tools/call")

    (asked,) = within(tmp_path, story)
    kept = {name: value for name, value in asked.headers if name not in MADE}
    assert kept == {"mcp-protocol-version": LEGACY, "mcp-session-id": THEIRS}


SPOKEN: Final = "set-cookie: a=b\r\nserver: raw\r\nwww-authenticate: Basic\r\nmcp-session-id: x\r\nx-note: y\r\n"


@pytest.mark.parametrize("streamed", [False, True], ids=["json", "events"])
def test_no_header_of_the_server_crosses(tmp_path, streamed) -> None:
    async def play(asked):
        if streamed:
            asked.stream(SPOKEN)
            await asked.event({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info"}})
            await asked.event(done(asked))
        else:
            asked.answer({"content": [], "resultType": "complete"}, head=SPOKEN)

    async def story(scene):
        scene.backend.plays["tools/call"] = play
        return (await scene.ask(WORK)).fields

    fields = within(tmp_path, story)
    fields.pop("date", None)
    assert fields == (
        {
            "content-type": "text/event-stream",
            "cache-control": "no-cache, no-transform, no-store",
            "x-accel-buffering": "no",
            "x-content-type-options": "nosniff",
            "transfer-encoding": "chunked",
        }
        if streamed
        else {
            "content-type": "application/json",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "content-length": fields["content-length"],
        }
    )


# Sessions.


def test_a_session_belongs_to_its_caller_and_its_server(tmp_path) -> None:
    async def story(scene):
        session = await scene.session()
        made_up = [("Mcp-Session-Id", "made-up"), session[1]]
        before = len(scene.backend.asked)
        tries = [({"user": "ben"}, session), ({"server": "other"}, session), ({}, made_up)]
        refused = [await scene.ask(call(), headers, **others) for others, headers in tries]
        bodies = [await answer.json() for answer in refused]
        for body in bodies:
            del body["error"]["data"]  # the reference, which is different every time
        mine = await scene.ask(call(), session)
        return [answer.status for answer in refused], bodies, len(scene.backend.asked) - before, mine.status

    statuses, bodies, asked, mine = within(tmp_path, story)
    assert (statuses, asked, mine) == ([404, 404, 404], 1, 200)
    assert bodies[0] == bodies[1] == bodies[2]


def test_neither_side_sees_the_other_s_session_id(tmp_path) -> None:
    async def story(scene):
        session = await scene.session()
        await scene.ask(call(), session)
        ended = await scene.send("DELETE", session)
        return dict(session)["Mcp-Session-Id"], (await ended.begun()).status, scene.backend.asked

    ours, status, asked = within(tmp_path, story)
    assert ours != THEIRS
    assert status == 200
    assert [one.verb for one in asked] == ["POST", "POST", "POST", "DELETE"]
    assert [one.fields.get("mcp-session-id") for one in asked] == [None, THEIRS, THEIRS, THEIRS]


def test_a_session_that_was_ended_is_gone(tmp_path) -> None:
    async def story(scene):
        session = await scene.session()
        await (await scene.send("DELETE", session)).begun()
        return (await scene.ask(call(), session)).status

    assert within(tmp_path, story) == 404


@pytest.mark.parametrize("verb", ["GET", "DELETE"])
def test_the_modern_era_has_no_sessions_to_listen_in_or_to_end(tmp_path, verb) -> None:
    async def story(scene):
        headers = [*EVENTS, ("MCP-Protocol-Version", MODERN), ("Mcp-Session-Id", "x"), ("Last-Event-ID", "1")]
        answer = await (await scene.send(verb, headers)).begun()
        return answer.status, answer.fields["allow"], scene.backend.asked

    assert within(tmp_path, story) == (405, "POST", [])


# Leaving.


def test_a_modern_client_that_leaves_cancels_its_call(tmp_path) -> None:
    async def story(scene):
        cancelled = asyncio.Event()

        async def play(asked):
            asked.stream()
            await asked.event(progress("p"))
            await asked.left()
            cancelled.set()

        scene.backend.plays["tools/call"] = play
        answer = await scene.ask(modern(call(token="p")))
        await answer.event()
        answer.leave()
        await cancelled.wait()
        return [asked.method for asked in scene.backend.asked]

    assert within(tmp_path, story) == ["tools/call"]


def test_a_modern_client_that_leaves_before_the_first_byte_cancels_too(tmp_path) -> None:
    async def story(scene):
        begun, cancelled = asyncio.Event(), asyncio.Event()

        async def play(asked):
            begun.set()
            await asked.left()
            cancelled.set()

        scene.backend.plays["tools/call"] = play
        answer = await scene.post(WORK)
        await begun.wait()
        answer.leave()
        await cancelled.wait()

    within(tmp_path, story)


def test_a_legacy_client_that_leaves_cancels_nothing_and_may_come_back(tmp_path) -> None:
    async def story(scene):
        number: list[JSON] = []

        async def play(asked):
            asked.stream()
            await asked.write("id: there\nretry: 10\ndata:\n\n")
            number.append(done(asked, "after all"))
            await asked.left()  # a closed connection says nothing about the call (2025-11-25, transports)

        async def resumed(asked):
            asked.stream()
            await asked.event(number[0], "later")
            asked.writer.close()

        scene.backend.plays |= {"tools/call": play, "GET": resumed}
        session = await scene.session()
        answer = await scene.ask(call("mine"), session)
        primed = await answer.fields_of_event()
        answer.leave()
        again = await (await scene.send("GET", [*EVENTS, *session, ("Last-Event-ID", primed["id"])])).begun()
        return primed, await again.event(), list(scene.backend.asked)

    primed, reply, asked = within(tmp_path, story)
    assert (reply["id"], reply["result"]["content"][0]["text"]) == ("mine", "after all")
    assert primed["retry"] == "10"
    assert [one.method or one.verb for one in asked][-2:] == ["tools/call", "GET"]
    assert asked[-1].fields["last-event-id"] == "there" != primed["id"]


def test_a_legacy_cancellation_is_a_message_and_names_the_call_in_the_server_s_words(tmp_path) -> None:
    async def story(scene):
        begun, cancelled = asyncio.Event(), asyncio.Event()

        async def play(asked):
            begun.set()
            await cancelled.wait()
            asked.answer({"content": [], "isError": True})

        async def cancel(asked):
            cancelled.set()
            asked.raw(status=202)

        scene.backend.plays |= {"tools/call": play, "notifications/cancelled": cancel}
        session = await scene.session()
        answer = await scene.post(call("mine"), session)
        await begun.wait()
        gone = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "mine"}}
        said = await scene.ask(gone, session)
        return said.status, (await (await answer.begun()).json())["id"], scene.backend.asked[-2:]

    status, number, (called, told) = within(tmp_path, story)
    assert (status, number) == (202, "mine")
    assert told.message["params"]["requestId"] == called.message["id"] != "mine"


# Nothing is held back.


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_each_event_arrives_before_the_next_is_sent(tmp_path, era) -> None:
    async def story(scene):
        seen: asyncio.Queue[None] = asyncio.Queue()

        async def play(asked):
            asked.stream()
            for step in (1, 2, 3):
                await asked.event(progress(asked.message["params"]["_meta"]["progressToken"], step))
                await seen.get()  # not one more byte before the client has this one
            await asked.event(done(asked))

        scene.backend.plays["tools/call"] = play
        if era == "modern":
            answer = await scene.ask(modern(call(token="p")))
        else:
            answer = await scene.ask(call(token="p"), await scene.session())
        steps = []
        for _ in range(3):
            steps.append((await answer.event())["params"]["progress"])
            seen.put_nowait(None)
        last = await answer.event()
        return answer.fields["x-accel-buffering"], steps, last["result"]["content"][0]["text"], await answer.piece()

    assert within(tmp_path, story) == ("no", [1, 2, 3], "done", b"")


def test_a_sign_of_life_of_the_server_reaches_the_client_before_any_message(tmp_path) -> None:
    async def story(scene):
        heard = asyncio.Event()

        async def play(asked):
            asked.stream()
            await asked.write(": still here\n\n")
            await heard.wait()
            await asked.event(done(asked))

        scene.backend.plays["tools/call"] = play
        answer = await scene.ask(WORK)
        comment = await answer.comment()
        heard.set()
        return comment, (await answer.event())["result"]["content"][0]["text"]

    comment, text = within(tmp_path, story)
    assert (comment[:1], b"still here" in comment, text) == (b":", False, "done")


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_a_quiet_stream_is_kept_alive_with_comments(tmp_path, monkeypatch, era) -> None:
    monkeypatch.setattr("yett.enforce.gateway.KEEPALIVE_SECONDS", 0.0)
    monkeypatch.setattr("yett.enforce.instance._BEAT_SECONDS", 0.01)

    async def story(scene):
        async def quiet(asked):
            asked.stream()
            await asked.event(progress("p"))
            await asked.left()

        scene.backend.plays |= {"tools/call": quiet, "GET": quiet}
        if era == "modern":
            answer = await scene.ask(modern(call(token="p")))
        else:
            answer = await (await scene.send("GET", [*EVENTS, *await scene.session()])).begun()
        return [await answer.comment() for _ in range(3)]

    assert set(within(tmp_path, story)) == {b": keep-alive\n\n"}


def test_a_legacy_stream_begins_before_the_server_has_anything_to_say(tmp_path) -> None:
    async def story(scene):
        async def mute(asked):
            asked.stream()
            await asked.writer.drain()
            await asked.left()

        scene.backend.plays["GET"] = mute
        answer = await (await scene.send("GET", [*EVENTS, *await scene.session()])).begun()
        return answer.status, answer.fields["content-type"]

    assert within(tmp_path, story) == (200, "text/event-stream")


# Ids and progress tokens.


def test_equal_ids_and_tokens_of_one_session_are_told_apart(tmp_path) -> None:
    async def story(scene):
        waiting: list[Asked] = []
        both = asyncio.Event()

        async def play(asked):
            asked.stream()
            waiting.append(asked)
            if len(waiting) == 2:
                both.set()
            await both.wait()
            await asked.event(progress(asked.message["params"]["_meta"]["progressToken"]))
            await asked.event(done(asked, asked.message["params"]["name"]))

        scene.backend.plays["tools/call"] = play
        session = await scene.session()
        answers = [await scene.post(call(1, tool, token="t"), session) for tool in ("work", "report")]
        heard = [(await (await answer.begun()).event(), await answer.event()) for answer in answers]
        return heard, [asked.message for asked in waiting]

    heard, sent = within(tmp_path, story)
    assert [note["params"]["progressToken"] for note, _ in heard] == ["t", "t"]
    assert [(reply["id"], reply["result"]["content"][0]["text"]) for _, reply in heard] == [(1, "work"), (1, "report")]
    assert len({message["id"] for message in sent}) == 2
    assert len({message["params"]["_meta"]["progressToken"] for message in sent}) == 2


def test_a_question_of_the_server_and_its_answer_cross_two_id_spaces(tmp_path) -> None:
    question = {"message": "who?", "requestedSchema": {"type": "object", "properties": {}}}

    async def story(scene):
        answered = asyncio.Event()

        async def play(asked):
            asked.stream()
            await asked.event(request("theirs", "elicitation/create", question))
            await answered.wait()
            await asked.event(done(asked))

        async def reply(asked):
            answered.set()
            asked.raw(status=202)

        scene.backend.plays |= {"tools/call": play, "POST": reply}
        session = await scene.session()
        answer = await scene.ask(call(1), session)
        asking = await answer.event()
        given = {"jsonrpc": "2.0", "id": asking["id"], "result": {"action": "decline"}}
        statuses = [(await scene.ask(given, session)).status for _ in range(2)]
        return asking, (await answer.event())["id"], statuses, scene.backend.asked[-1].message

    asking, number, statuses, told = within(tmp_path, story)
    assert (asking["method"], asking["params"], number) == ("elicitation/create", question, 1)
    assert asking["id"] != "theirs"
    assert told == {"jsonrpc": "2.0", "id": "theirs", "result": {"action": "decline"}}
    # The second answer is to nothing: it was not passed on.
    assert statuses == [202, 400]


def test_a_modern_call_hears_of_no_progress_but_its_own(tmp_path) -> None:
    async def story(scene):
        async def play(asked):
            asked.stream()
            await asked.event(progress("somebody-else-s"))
            await asked.event(progress("mine", 2))
            await asked.event(done(asked))

        scene.backend.plays["tools/call"] = play
        answer = await scene.ask(modern(call("id-of-mine", token="mine")))
        return [await answer.event() for _ in range(2)]

    note, reply = within(tmp_path, story)
    assert (note["params"], reply["id"]) == ({"progressToken": "mine", "progress": 2}, "id-of-mine")


def test_a_reply_to_another_request_is_not_passed_on(tmp_path) -> None:
    async def story(scene):
        async def play(asked):
            asked.raw(json.dumps(done(asked) | {"id": 2}).encode(), head="content-type: application/json\r\n")

        scene.backend.plays["tools/call"] = play
        return await (await scene.ask(WORK)).json()

    body = within(tmp_path, story)
    assert (body["id"], body["error"]["code"]) == (1, 5020)


# Caching.


@pytest.mark.parametrize("method", ["tools/list", "server/discover"])
def test_what_is_filtered_for_one_caller_is_private(tmp_path, method) -> None:
    async def story(scene):
        answer = await scene.ask(modern(request(1, method)))
        result = (await answer.json())["result"]
        return answer.fields["cache-control"], result["cacheScope"], result["ttlMs"]

    # An hour at most: then a client asks again, and sees what the policy says by then.
    assert within(tmp_path, story) == ("no-store", "private", 3_600_000)


# Resumption.


def test_event_ids_lead_nowhere_outside_their_session(tmp_path) -> None:
    async def story(scene):
        async def play(asked):
            asked.stream()
            await asked.write("id: there\ndata:\n\n")
            await asked.left()

        scene.backend.plays["tools/call"] = play
        session, another = await scene.session(), await scene.session()
        answer = await scene.ask(call(), session)
        ours = (await answer.fields_of_event())["id"]
        before = len(scene.backend.asked)
        tries = [(another, ours), (session, "there"), (session, f"{ours}0"), (session, "")]
        streams = [await scene.send("GET", [*EVENTS, *who, ("Last-Event-ID", which)]) for who, which in tries]
        statuses = [(await stream.begun()).status for stream in streams]
        return statuses, len(scene.backend.asked) - before

    assert within(tmp_path, story) == ([400, 400, 400, 400], 0)


def test_a_modern_request_resumes_nothing(tmp_path) -> None:
    async def story(scene):
        async def play(asked):
            asked.stream()
            await asked.write("id: there\nretry: 10\ndata:\n\n")
            await asked.event(progress("p"), "there-2")
            await asked.event(done(asked), "there-3")

        scene.backend.plays["tools/call"] = play
        answer = await scene.ask(modern(call(token="p")), [*STANDARD, ("Last-Event-ID", "there")])
        return [sorted(await answer.fields_of_event(needs_data=True)) for _ in range(2)]

    # No event ids, no retry: nobody is invited to come back.
    assert within(tmp_path, story) == [["data", "event"], ["data", "event"]]
