"""Kinds of traffic: each makes one turn after the other, and says what was not as it should be."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import secrets
from typing import Any, Final, Protocol

from storm.caller import Caller
from storm.canary import LEGACY
from storm.line import BrokenOffError, Line, Response
from storm.stage import Stage

OK: Final = 200
PATIENCE: Final = 60.0
"""Seconds after which a stream that has not begun never will."""
ACCEPTED: Final = 202
HELLO: Final = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "steady", "version": "1"}}


class Kind(Protocol):
    """One client."""

    async def turn(self) -> str:
        """Do it once; empty when it went as it should."""

    def hurry(self) -> None:
        """Come to the end of a turn that has none of its own."""

    def close(self) -> None:
        """Let go of what is kept between two turns."""


async def _heard(line: Line, request: bytes, response: Response, seconds: float) -> None:
    """Listen to a stream until it ends, or for so long from its first byte: a busy machine may be late with that."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(BrokenOffError, TimeoutError):
        async with asyncio.timeout(PATIENCE) as limit:
            await line.ask(request, response, begun=lambda: limit.reschedule(loop.time() + seconds))


class Brief:
    """A client whose turns do not last, and which keeps nothing between them."""

    def hurry(self) -> None:
        """It comes to its end soon enough."""

    def close(self) -> None:
        """Nothing is kept."""


class Calls(Brief):
    """Modern calls of one tool on one connection, which must all have the same fate."""

    def __init__(
        self, stage: Stage, tool: str, server: str = "web", *, who: str = "alice", fate: str = "success", **given: Any
    ) -> None:
        self._caller = stage.caller(who)
        self._tool, self._server, self._fate, self._given = tool, server, fate, given

    async def turn(self) -> str:
        """Call."""
        answer = await self._caller.call(self._tool, server=self._server, **self._given)
        return "" if answer.fate == self._fate else f"{answer.fate}: {answer.why}"

    def close(self) -> None:
        """Hang up."""
        self._caller.close()


class Strangers(Brief):
    """What is no HTTP, no JSON, or nowhere; and connections that say half of something, or nothing."""

    def __init__(self, stage: Stage) -> None:
        self._port = stage.gateway.port
        head = stage.caller().head("POST", "web")
        typed = f"{head}content-type: application/json\r\naccept: application/json, text/event-stream\r\n"
        self._said = (
            (b"GET / HTTP/1.1\r\nhost: a\nb: c\r\n\r\n", 400),
            (f"{typed}content-length: 5\r\n\r\n".encode() + b'{"a":', 400),
            (f"{head.replace('/web/', '/nowhere/')}content-length: 0\r\n\r\n".encode(), 404),
            (f"{typed}content-length: 900\r\n\r\n".encode() + b"{", 0),
            (b"POST /web/mcp HT", 0),
            (b"", 0),
        )
        self._turn = 0

    async def turn(self) -> str:
        """The next one of them."""
        said, status = self._said[self._turn % len(self._said)]
        self._turn += 1
        line = await Line.to(self._port)
        try:
            if not status:
                line.writer.write(said)
                await line.writer.drain()
                return ""
            response = await line.ask(said)
            return "" if response.status == status else f"answered with {response.status}, not {status}"
        finally:
            line.close()


class Novelties(Brief):
    """Names of tools and tokens that never came before: what is remembered of strangers has to have a bound."""

    def __init__(self, stage: Stage) -> None:
        self._known = stage.caller()
        self._stage = stage

    async def turn(self) -> str:
        """A tool that does not exist; a token that nobody has."""
        name = f"tool_{secrets.token_hex(6)}"
        answers = [await self._known.call(name)]
        stranger = Caller(self._stage.gateway.port, name, f"yett_{secrets.token_hex(30)}")
        try:
            answers.append(await stranger.call("note"))
        finally:
            stranger.close()
        return next((f"{one.fate}: {one.why}" for one in answers if one.fate != "refused"), "")

    def close(self) -> None:
        """Hang up."""
        self._known.close()


class Leavers(Brief):
    """Clients that hang up in the middle of a call that streams."""

    def __init__(self, stage: Stage, server: str) -> None:
        self._stage, self._server = stage, server
        self._random = random.Random(1)

    async def turn(self) -> str:
        """Call, and leave."""
        caller = self._stage.caller()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._random.random()):
                await caller.call("hold", server=self._server, ms=2_000)
        caller.close()
        return ""


class Listener:
    """A modern subscription that says nothing, left after a while and opened again."""

    def __init__(self, stage: Stage, seconds: float) -> None:
        self._caller, self._port, self._seconds = stage.caller(), stage.gateway.port, seconds
        self._line: Line | None = None
        self._hurried = False

    async def turn(self) -> str:
        """Listen until it ends, or for so long. Who hangs up before the answer has come cannot complain of none."""
        wanted = {"notifications": {"toolsListChanged": True}}
        request = self._caller.message("listen-1", "subscriptions/listen", wanted, "web")
        line, response = await Line.to(self._port), Response(status=0, headers={})
        self._line = line
        if self._hurried:  # while it was connecting: there was no line to close
            line.close()
        try:
            await _heard(line, request, response, self._seconds)
        finally:
            line.close()
        unanswered = self._hurried and not response.status
        return "" if response.status == OK or unanswered else f"answered with {response.status}"

    def hurry(self) -> None:
        """Hang up."""
        self._hurried = True
        if self._line is not None:
            self._line.close()

    def close(self) -> None:
        """Let go of a connection that was never made."""
        self._caller.close()


class Sessions(Brief):
    """Legacy sessions: shake hands, call, listen beside it, and leave: every second time without a word."""

    def __init__(self, stage: Stage, server: str, *, listen: float) -> None:
        self._stage, self._server, self._listen = stage, server, listen
        self._caller = stage.caller()
        self._turn = 0

    async def turn(self) -> str:
        """One session, from its beginning to its end."""
        self._turn += 1
        line = await Line.to(self._stage.gateway.port)
        try:
            return await self._lived(line)
        except BrokenOffError as error:
            return str(error)
        finally:
            line.close()

    async def _lived(self, line: Line) -> str:
        opened = await line.ask(self._message({"id": 1, "method": "initialize", "params": HELLO}))
        session = opened.headers.get("mcp-session-id", "")
        ready = await line.ask(self._message({"method": "notifications/initialized"}, session))
        if (opened.status, ready.status) != (OK, ACCEPTED):
            return f"the handshake was answered with {opened.status} and {ready.status}"
        listening = asyncio.create_task(self._listened(session))
        problems = [await self._called(line, session, number, tool) for number, tool in enumerate(("note", "tell"))]
        problems.append(await listening)
        if self._turn % 2:
            await line.ask(self._request("DELETE", session))
        return next(filter(None, problems), "")

    async def _called(self, line: Line, session: str, number: int, tool: str) -> str:
        nonce = f"legacy-{self._server}-{self._turn}-{number}"
        params = {"name": tool, "arguments": {"nonce": nonce}}
        answer = await line.ask(self._message({"id": 2 + number, "method": "tools/call", "params": params}, session))
        good = answer.status == OK and nonce.encode() in answer.body
        return "" if good else f"{tool} was answered with {answer.status}: {answer.body[:200]!r}"

    async def _listened(self, session: str) -> str:
        line, response = await Line.to(self._stage.gateway.port), Response(status=0, headers={})
        try:
            await _heard(line, self._request("GET", session), response, self._listen)
        finally:
            line.close()
        return "" if response.status == OK else f"the stream was answered with {response.status}"

    def _message(self, message: dict[str, object], session: str = "") -> bytes:
        return self._request("POST", session, json.dumps({"jsonrpc": "2.0", **message}).encode())

    def _request(self, method: str, session: str, body: bytes = b"") -> bytes:
        head = self._caller.head(method, self._server) + "accept: application/json, text/event-stream\r\n"
        head = head.replace("application/json, ", "") if method == "GET" else head
        if session:
            head += f"mcp-session-id: {session}\r\nmcp-protocol-version: {LEGACY}\r\n"
        if method == "POST":
            head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
        return f"{head}\r\n".encode() + body


class Reloads(Brief):
    """The config, changed a little and read again; every third time it is wrong, and must be refused."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._turn = 0

    async def turn(self) -> str:
        """Change it, and have it read."""
        self._turn += 1
        wrong = self._turn % 3 == 0
        self._stage.write_config(more=f"# {self._turn}\n" + ("rolse: {}\n" if wrong else ""))
        status, said = await self._stage.gateway.reload()
        return "" if status == (409 if wrong else OK) else f"answered with {status}: {said[:200]}"
