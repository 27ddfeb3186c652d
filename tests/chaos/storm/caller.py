"""Callers: what they ask, and what became of it, judged from where they stand."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final

from storm.canary import MODERN
from storm.line import BrokenOffError, Line, Response

FORBIDDEN: Final = "secret"
_CLIENT: Final = {"name": "storm", "version": "1"}


@dataclass
class Answer:
    """One call and its fate.

    `success`: the reply that belongs to the call. `refused`: an error that says so, in whatever form. `broken`: the
    connection ended first. `unsent`: there was no connection. `wrong`: something else, which must never be.
    """

    nonce: str
    tool: str
    who: str
    server: str
    began: float
    fate: str = "broken"
    why: str = ""
    status: int = 0
    seconds: float = 0.0
    events: int = 0
    stamps: list[float] = field(default_factory=list)

    @property
    def ended(self) -> float:
        """When, on the clock of `time.monotonic`."""
        return self.began + self.seconds


class Caller:
    """One user with one connection, which is made anew when it has to be."""

    def __init__(self, port: int, who: str, token: str) -> None:
        self._port = port
        self._who = who
        self._token = token
        self._line: Line | None = None

    async def call(self, tool: str, *, server: str = "web", **arguments: Any) -> Answer:
        """Call a tool. Never raises but for cancellation."""
        nonce = secrets.token_hex(8)
        answer = Answer(nonce=nonce, tool=tool, who=self._who, server=server, began=time.monotonic())
        request = self.request(tool, server, nonce, arguments)
        response = Response(status=0, headers={})
        try:
            line = await self._connected()
        except OSError as error:
            answer.fate, answer.why = "unsent", type(error).__name__
            answer.seconds = time.monotonic() - answer.began
            return answer
        try:
            await line.ask(request, response)
            _judge(answer, response)
        except BrokenOffError as error:
            answer.fate, answer.why = "broken", str(error)
        finally:
            if not line.usable:
                self.close()
            answer.status = response.status
            answer.stamps = response.stamps
            answer.events = response.body.count(b"\n\n")
            answer.seconds = time.monotonic() - answer.began
        return answer

    def request(self, tool: str, server: str, nonce: str, arguments: dict[str, Any]) -> bytes:
        """The bytes of a call."""
        params = {"name": tool, "arguments": {"nonce": nonce, **arguments}}
        return self.message(f"call-{nonce}", "tools/call", params, server, name=tool)

    def message(self, id_: str, method: str, params: dict[str, Any], server: str, *, name: str = "") -> bytes:
        """The bytes of any modern request."""
        meta = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": _CLIENT,
            "progressToken": id_,
        }
        body = json.dumps({"jsonrpc": "2.0", "id": id_, "method": method, "params": {**params, "_meta": meta}}).encode()
        named = f"mcp-name: {name}\r\n" if name else ""
        head = (
            f"{self.head('POST', server)}content-type: application/json\r\n"
            f"accept: application/json, text/event-stream\r\nmcp-protocol-version: {MODERN}\r\n"
            f"mcp-method: {method}\r\n{named}content-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def head(self, method: str, server: str) -> str:
        """What every request begins with."""
        first = f"{method} /{server}/mcp HTTP/1.1\r\nhost: 127.0.0.1:{self._port}\r\n"
        return f"{first}authorization: Bearer {self._token}\r\n"

    async def _connected(self) -> Line:
        if self._line is not None and (not self._line.usable or self._line.reader.at_eof()):
            self.close()
        if self._line is None:
            self._line = await Line.to(self._port)
        return self._line

    def close(self) -> None:
        """Let go of the connection."""
        if self._line is not None:
            self._line.close()
            self._line = None


def _judge(answer: Answer, response: Response) -> None:
    """Say what a whole answer is."""
    if response.headers.get("content-type", "").startswith("text/event-stream"):
        texts = [part[5:] for part in response.body.split(b"\n") if part.startswith(b"data:")]
        messages = [json.loads(text) for text in texts if text.strip()]
        reply = next((message for message in messages if message.get("id") == f"call-{answer.nonce}"), None)
        if reply is None:
            answer.fate, answer.why = "wrong", "a stream that ended as if it were whole, without the reply"
            return
    else:
        try:
            reply = json.loads(response.body)
        except ValueError:
            said = response.body[:100].decode(errors="replace").strip()
            answer.fate, answer.why = ("refused" if response.status >= 400 else "wrong"), f"{response.status} {said}"
            return
    _judge_reply(answer, reply)


def _judge_reply(answer: Answer, reply: dict[str, Any]) -> None:
    if "error" in reply:
        answer.fate, answer.why = "refused", f"{reply['error'].get('code')}: {reply['error'].get('message', '')}"
        return
    result = reply.get("result", {})
    texts = [content.get("text", "") for content in result.get("content", [])]
    if result.get("isError"):
        answer.fate, answer.why = "refused", " ".join(texts)
    elif texts and texts[0] == answer.nonce:
        answer.fate = "success"
    else:
        answer.fate, answer.why = "wrong", f"another call's answer: {texts[:1]}"


@dataclass
class Share:
    """One kind of call of the load, and how often it comes."""

    weight: int
    tool: str
    who: str = "alice"
    server: str = "web"


MIX: Final = (
    Share(70, "note"),
    Share(15, "tell"),
    Share(10, FORBIDDEN),
    Share(5, "note", who="mallory"),
)


class Load:
    """A modest steady stream of calls from a few callers, each waiting for its answer before it asks again."""

    def __init__(
        self, port: int, tokens: dict[str, str], *, rate: float = 40.0, callers: int = 8, mix: tuple[Share, ...] = MIX
    ) -> None:
        self.answers: list[Answer] = []
        self._pause = callers / rate
        self._mix = mix
        self._stopping = asyncio.Event()
        self._callers = [{who: Caller(port, who, token) for who, token in tokens.items()} for _ in range(callers)]
        self._tasks: list[asyncio.Task[None]] = []
        self._random = random.Random(7)

    def start(self) -> None:
        """Begin to call."""
        self._stopping.clear()
        self._tasks = [asyncio.create_task(self._go_on(callers)) for callers in self._callers]

    async def stop(self) -> None:
        """Let every call under way end, then let go."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)
        self._tasks = []
        for callers in self._callers:
            for caller in callers.values():
                caller.close()

    def since(self, moment: float) -> list[Answer]:
        """The answers to calls that began at or after a moment (`time.monotonic`)."""
        return [answer for answer in self.answers if answer.began >= moment]

    async def _go_on(self, callers: dict[str, Caller]) -> None:
        await asyncio.sleep(self._random.random() * self._pause)
        while not self._stopping.is_set():
            share = self._random.choices(self._mix, [one.weight for one in self._mix])[0]
            answer = await callers[share.who].call(share.tool, server=share.server)
            self.answers.append(answer)
            pause = self._pause * (0.5 + self._random.random()) - answer.seconds
            try:
                async with asyncio.timeout(max(0.005, pause)):
                    await self._stopping.wait()
            except TimeoutError:
                continue
