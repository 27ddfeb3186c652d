"""The corpus of requests, event loops to run on, and a server to talk to in raw bytes."""

from __future__ import annotations

import ast
import asyncio
import re
import socket
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple, Self

import pytest
import uvloop

from yett.wire.http import Incoming
from yett.wire.limits import ListenerLimits
from yett.wire.responder import Responder
from yett.wire.server import Server

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "certificates"))

HERE = Path(__file__).parent
BEGINNINGS = {
    "{post}": r"POST /mcp HTTP/1.1\r\nHost: a\r\n",
    "{get}": r"GET /mcp HTTP/1.1\r\nHost: a\r\n",
    "{chunked}": r"POST /mcp HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
}
REPEATED = re.compile(r"\{([^{}]+)\*(\d+)\}")


class Refused(NamedTuple):
    case: str
    status: int
    what: str
    stream: bytes


class Accepted(NamedTuple):
    what: str
    bodies: list[bytes]
    stream: bytes


def expanded(text: str) -> str:
    for name, beginning in BEGINNINGS.items():
        text = text.replace(name, beginning)
    return REPEATED.sub(lambda found: found[1] * int(found[2]), text)


def written(text: str) -> bytes:
    text = expanded(text)
    return ast.literal_eval("b'''" + text.replace("'", r"\'") + "'''")


def rows(name: str) -> list[str]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def refused_rows() -> list[Refused]:
    found = [row.split(" | ", 3) for row in rows("refused.txt")]
    return [Refused(case, int(status), what, written(stream)) for case, status, what, stream in found]


def accepted_rows() -> list[Accepted]:
    found = [row.split(" | ", 2) for row in rows("accepted.txt")]
    return [Accepted(what, ast.literal_eval(expanded(bodies)), written(stream)) for what, bodies, stream in found]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "refused" in metafunc.fixturenames:
        metafunc.parametrize("refused", refused_rows(), ids=lambda row: f"{row.case} {row.what}")
    if "accepted" in metafunc.fixturenames:
        metafunc.parametrize("accepted", accepted_rows(), ids=lambda row: row.what)


@pytest.fixture(scope="session")
def refused_corpus() -> list[Refused]:
    return refused_rows()


@pytest.fixture(scope="session")
def accepted_corpus() -> list[Accepted]:
    return accepted_rows()


@pytest.fixture(scope="session")
def corpus() -> list[bytes]:
    return [row.stream for row in (*refused_rows(), *accepted_rows()) if len(row.stream) < 10_000]


@pytest.fixture(scope="session")
def good_corpus() -> list[bytes]:
    return [row.stream for row in accepted_rows() if len(row.stream) < 10_000]


Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request) -> Run:
    """Run a coroutine on either event loop, for ten seconds at most."""
    factory = asyncio.new_event_loop if request.param == "asyncio" else uvloop.new_event_loop

    def run(main: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(asyncio.wait_for(main, 10))

    return run


async def until(condition: Callable[[], object]) -> None:
    """Let the others run until something holds; `run` bounds the time."""
    while not condition():
        await asyncio.sleep(0.001)


async def echo(incoming: Incoming, responder: Responder) -> None:
    line = f"{incoming.head.method} {incoming.head.target.decode()} "
    responder.send(200, ((b"content-type", b"text/plain"),), line.encode() + incoming.body)


class Gate:
    """A server on a free port of the loopback, and raw connections to it."""

    until = staticmethod(until)

    def __init__(self, answer=echo, tls=None, **limits) -> None:
        self.rejected: list[tuple[str, int, str]] = []
        self.tls = tls
        self.server = Server(answer, ListenerLimits(**limits), lambda *told: self.rejected.append(told))

    async def __aenter__(self) -> Self:
        self.port = await self.server.start("127.0.0.1", 0, self.tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.close()
        assert self.server.connections == 0

    async def connect(self, **options) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, **options)

    async def talk(self, *pieces: bytes, **options) -> bytes:
        """Send pieces, one packet each, and read until the server ends the connection."""
        reader, writer = await self.connect(**options)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        answer = await reader.read()
        writer.close()
        return answer

    @property
    def statuses(self) -> list[int]:
        return [status for _, status, _ in self.rejected]


@pytest.fixture
def gate() -> type[Gate]:
    return Gate


class Upstream:
    """A scripted upstream: for each connection in turn, what to do with its reader and writer."""

    until = staticmethod(until)

    def __init__(self, *scripts, tls=None) -> None:
        self.scripts = list(scripts)
        self.tls = tls
        self.accepted = 0
        self.requests: list[bytes] = []

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = self.scripts[min(self.accepted, len(self.scripts) - 1)]
        self.accepted += 1
        try:
            await script(self, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other side left
        finally:
            writer.close()

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        """One request with a length."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        body = await reader.readexactly(int(length[1])) if length else b""
        self.requests.append(head + body)
        return head + body


def says(*answers: bytes, end: bool = False):
    """A script: answer one request after the other, then wait for the client to leave (or leave first)."""

    async def script(upstream: Upstream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await upstream.read(reader)
            writer.write(answer)
            await writer.drain()
        if not end:
            await reader.read()

    return script


@pytest.fixture
def upstream() -> type[Upstream]:
    return Upstream


@pytest.fixture
def saying():
    return says
