"""The three modes around one server: each says a case its own way, and hands back answers and records."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from parity_table import CONFIG, JSON, LEGACY, MODERN, VERSION, Case, Said

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))

from demo_server import build
from yett.config.load import load
from yett.enforce.embedded import Embedded
from yett.enforce.instance import Instance
from yett.enforce.stdio import Stdio
from yett.enforce.wrapped import Wrapped
from yett.identity.credentials import Credentials
from yett.identity.entry import Entry
from yett.identity.token_file import TokenFile
from yett.identity.tokens import mint

HELLO = {
    "jsonrpc": "2.0",
    "id": "hello",
    "method": "initialize",
    "params": {"protocolVersion": VERSION[LEGACY], "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
OF_THE_PIPE = frozenset({"session/listen", "session/end"})
"""Records that only a mode's own way of carrying a session makes."""
KEPT = ("kind", "server", "era", "who", "method", "target", "name", "also", "arguments", "beyond", "tool", "reason")
KEPT_ALSO = ("answer", "detail", "status", "trail")


@dataclass
class Seen:
    """What a client saw of one case, and what the ledger says."""

    answers: list[JSON] = field(default_factory=list)
    records: list[JSON] = field(default_factory=list)


class Mode:
    """One mode in a folder of its own."""

    def __init__(self, folder: Path, token: str) -> None:
        self.folder = folder
        self.token = token
        self._read = 0

    async def play(self, case: Case) -> Seen:
        """Say a case, and wait for its records."""
        answers = await self._say(case)
        return Seen([settled(answer) for answer in answers], await self._records())

    async def _say(self, case: Case) -> list[JSON]:
        raise NotImplementedError

    async def _records(self) -> list[JSON]:
        while True:
            found = self._all()[self._read :]
            kinds = [record["kind"] for record in found]
            if kinds.count("intent") == kinds.count("outcome"):
                self._read += len(found)
                return [kept(record) for record in found]
            await asyncio.sleep(0.01)

    def _all(self) -> list[JSON]:
        paths = sorted((self.folder / "ledger").rglob("*.jsonl"))
        records = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
        about = {r["exchange"] for r in records if r.get("method") in OF_THE_PIPE}
        wanted = ("intent", "refusal", "outcome")
        return [r for r in records if r["kind"] in wanted and r["exchange"] not in about]


class OverHttp(Mode):
    """What the gateway and the embedded mode have in common: HTTP."""

    client: httpx2.AsyncClient

    async def _say(self, case: Case) -> list[JSON]:
        session = ""
        if case.era == LEGACY:
            head = await self._post(Said(json.dumps(HELLO).encode()), LEGACY, "")
            session = head.headers["mcp-session-id"]
            await self._post(Said(json.dumps(INITIALIZED).encode(), answered=False), LEGACY, session)
        answers = [await self._post(said, case.era, session) for said in case.said]
        found = [message_of(answer) for answer in answers]
        return [message for message, said in zip(found, case.said, strict=True) if said.answered]

    async def _post(self, said: Said, era: str, session: str) -> httpx2.Response:
        headers = {
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "authorization": f"Bearer {self.token}",
        }
        if era == MODERN:
            headers |= {"mcp-protocol-version": VERSION[MODERN], "mcp-method": said.method}
            headers |= {"mcp-name": said.name} if said.name else {}
            headers |= (
                {"mcp-param-region": "eu-north"} if said.name == "get_report" else {}
            )  # as the tool's schema asks
        elif session:
            headers |= {"mcp-session-id": session, "mcp-protocol-version": VERSION[LEGACY]}
        return await self.client.post("/mcp", content=said.body, headers=headers)


class OnAPipe(Mode):
    """`yett wrap`: a pipe for each case, for a pipe is a session."""

    wrapped: Wrapped

    async def _say(self, case: Case) -> list[JSON]:
        heard: list[JSON] = []
        news = asyncio.Event()

        async def write(line: bytes) -> None:
            heard.append(json.loads(line))
            news.set()

        lines: asyncio.Queue[bytes] = asyncio.Queue()

        async def chunks() -> AsyncIterator[bytes]:
            while line := await lines.get():
                yield line

        async def answer(number: int) -> JSON:
            while len(answers := [m for m in heard if "method" not in m and m.get("id") != "hello"]) < number:
                news.clear()
                await news.wait()
            return answers[number - 1]

        shown = Credentials(authorization=(f"Bearer {self.token}".encode(),), server="demo")
        front = Stdio(self.wrapped._serving.runtime, "demo", write, shown)
        serving = asyncio.create_task(front.serve(chunks()))
        if case.era == LEGACY:
            lines.put_nowait(json.dumps(HELLO).encode() + b"\n" + json.dumps(INITIALIZED).encode() + b"\n")
        found: list[JSON] = []
        for said in case.said:
            lines.put_nowait(said.body + b"\n")
            if said.answered:
                found.append(await answer(len(found) + 1))
        lines.put_nowait(b"")
        await serving
        await front.finish(5.0)
        return found


def message_of(answer: httpx2.Response) -> JSON:
    """The reply in an HTTP answer, be it JSON or the last event of a stream."""
    if not answer.content:
        return {}
    if answer.headers["content-type"].startswith("text/event-stream"):
        return json.loads([line for line in answer.text.splitlines() if line.startswith("data: ")][-1][6:])
    return answer.json()


def settled(value: Any) -> Any:
    """An answer without what is made for one exchange: references to records, and times."""
    if isinstance(value, dict):
        return {key: settled(item) for key, item in value.items() if key not in ("reference", "retryAfter")}
    if isinstance(value, list):
        return [settled(item) for item in value]
    if isinstance(value, str) and " Ref " in value:
        return value.partition(" Ref ")[0].partition(" Retry in ")[0]
    return value


def kept(record: JSON) -> JSON:
    """A record without what must differ: times, ids, the way it came in, the names of config and session."""
    return {key: record[key] for key in (*KEPT, *KEPT_ALSO) if key in record}


@asynccontextmanager
async def modes(folder: Path) -> AsyncIterator[dict[str, Mode]]:
    """Start the server and all three modes around it."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(_server())
        made = {name: _prepared(kind, folder / name, url) for name, kind in KINDS.items()}
        for mode in made.values():
            await stack.enter_async_context(mode)
        yield {name: mode.mode for name, mode in made.items()}


@asynccontextmanager
async def _server() -> AsyncIterator[str]:
    config = uvicorn.Config(build().streamable_http_app(), port=0, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.should_exit = True
        await serving


class _Gateway:
    def __init__(self, folder: Path, url: str) -> None:
        self.mode = OverHttp(folder, _furnished(folder, url, "listen: http://127.0.0.1:0\n"))

    async def __aenter__(self) -> None:
        path = self.mode.folder / "yett.yaml"
        self._instance = Instance(path, load(path))
        await self._instance.start()
        self.mode.client = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self._instance.port}", timeout=60)

    async def __aexit__(self, *_: object) -> None:
        await self.mode.client.aclose()
        await self._instance.stop(0)


class _Embedded:
    def __init__(self, folder: Path, _url: str) -> None:
        self.mode = OverHttp(folder, _furnished(folder, "{ inline: true }", ""))

    async def __aenter__(self) -> None:
        inner = build().streamable_http_app()
        app = Embedded(inner, load(self.mode.folder / "yett.yaml"), "demo")
        self._asked: asyncio.Queue[JSON] = asyncio.Queue()
        told: asyncio.Queue[JSON] = asyncio.Queue()
        self._lifespan = asyncio.create_task(app({"type": "lifespan", "state": {}}, self._asked.get, told.put))
        await self._asked.put({"type": "lifespan.startup"})
        assert (await told.get())["type"] == "lifespan.startup.complete"
        transport = httpx2.ASGITransport(app=app)
        self.mode.client = httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", timeout=60)

    async def __aexit__(self, *_: object) -> None:
        await self.mode.client.aclose()
        await self._asked.put({"type": "lifespan.shutdown"})
        await self._lifespan


class _Stdio:
    def __init__(self, folder: Path, url: str) -> None:
        self.mode = OnAPipe(folder, _furnished(folder, url, ""))

    async def __aenter__(self) -> None:
        self.mode.wrapped = Wrapped(load(self.mode.folder / "yett.yaml"), "demo", token=self.mode.token)

        async def nowhere(_line: bytes) -> None:
            return

        await self.mode.wrapped.open(nowhere)

    async def __aexit__(self, *_: object) -> None:
        await self.mode.wrapped.close(0)


KINDS = {"gateway": _Gateway, "embedded": _Embedded, "stdio": _Stdio}


def _prepared(kind: Any, folder: Path, url: str) -> Any:
    folder.mkdir()
    return kind(folder, url)


def _furnished(folder: Path, server: str, head: str) -> str:
    (folder / "yett.yaml").write_text(head + CONFIG.format(server=server))
    (folder / "ledger.key").touch(mode=0o600)
    (folder / "ledger.key").write_text("0" * 64)
    minted = mint(b"the same token in every mode".ljust(40, b"."))
    TokenFile(folder / "tokens.yaml").add(Entry(id=minted.key_id, digest=minted.digest, user="alice", expires=None))
    return minted.token
