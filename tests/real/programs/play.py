"""Plays a script against one server, for the Python clients of both SDK lines.

A job comes on stdin: `{"target": {"url", "token"} | {"command": [...]}, "scripts": {name: [step, ...]}, "keep": bool}`.
For each script one line goes to stdout: `{"script": name, "seen": [...]}`, with what each step brought. A connection
lasts for one script; for all of them with `keep`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Protocol

JSON = dict[str, Any]
PATIENCE = 45.0
"""Seconds that one step may take."""


class Heard:
    """Notifications as they came in, by method."""

    def __init__(self) -> None:
        self._by_method: dict[str, list[Any]] = {}
        self._news = asyncio.Event()

    def add(self, method: str, params: JSON | None) -> None:
        self._by_method.setdefault(method, []).append({k: v for k, v in (params or {}).items() if k != "_meta"})
        self._news.set()

    async def take(self, method: str, count: int, seconds: float) -> list[Any]:
        """Wait for `count` of a kind, and take all there are."""
        until = time.monotonic() + seconds
        while len(self._by_method.get(method, ())) < count and time.monotonic() < until:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), max(0.0, until - time.monotonic()))
            except TimeoutError:
                break
        return self._by_method.pop(method, [])


class Party(Protocol):
    """One connected client: what a script can ask of it. Everything comes back as JSON."""

    heard: Heard

    async def hello(self) -> JSON: ...
    async def ping(self) -> JSON: ...
    async def tools(self) -> list[JSON]: ...
    async def call(
        self, tool: str, arguments: JSON, progress: Callable[..., Any] | None, level: str | None
    ) -> JSON: ...
    async def resources(self) -> list[JSON]: ...
    async def templates(self) -> list[JSON]: ...
    async def read(self, uri: str) -> JSON: ...
    async def subscribe(self, uri: str) -> JSON: ...
    async def unsubscribe(self, uri: str) -> JSON: ...
    async def listen(self) -> JSON: ...
    async def prompts(self) -> list[JSON]: ...
    async def prompt(self, name: str, arguments: JSON) -> JSON: ...
    async def complete(self, ref: JSON, argument: JSON) -> JSON: ...
    async def level(self, level: str) -> JSON: ...


Connect = Callable[[JSON], AbstractAsyncContextManager[Party]]
"""Opens a connection to a target."""


def sampled(text: str) -> str:
    """What the client's model says, in every client."""
    return f"sampled [{text}]"


class Player:
    """Plays the steps of one script, one after the other."""

    def __init__(self, party: Party, connect: Connect, target: JSON, blame: Callable[[BaseException], JSON]) -> None:
        self._party = party
        self._connect = connect
        self._target = target
        self._blame = blame
        self._level: str | None = None

    async def step(self, step: JSON) -> Any:
        """What one step brought; a failure is what it brought, too."""
        try:
            return await asyncio.wait_for(self._do(step), PATIENCE)
        except TimeoutError:
            return {"timeout": step}
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises is what was seen
            return self._blame(error)

    async def _do(self, step: JSON) -> Any:  # noqa: C901, PLR0911 - a table of verbs
        party = self._party
        match step:
            case {"do": "call", **call}:
                return await self._call(party, call)
            case {"do": "cancel", **call}:
                return await self._cancel(call)
            case {"do": "until", "says": said, **call}:
                return await self._until(call, said)
            case {"do": "stir", "method": method, **call}:
                return await self._stir(call, method)
            case {"do": "together", "calls": calls}:
                return await asyncio.gather(*(self.step({"do": "call", **call}) for call in calls))
            case {"do": "twins", "calls": calls}:
                return await self._twins(calls)
            case {"do": "heard", "method": method, "count": count, **rest}:
                return await party.heard.take(method, count, rest.get("seconds", 5.0))
            case {"do": "level", "level": level}:
                self._level = level
                return await party.level(level)
            case {"do": "tools" | "resources" | "templates" | "prompts" as what}:
                key = {"tools": "name", "prompts": "name", "resources": "uri", "templates": "uriTemplate"}[what]
                return sorted(await getattr(party, what)(), key=lambda item: item[key])
            case {"do": verb, **rest}:
                return await getattr(party, verb)(**rest)
        raise ValueError(step)

    async def _call(self, party: Party, call: JSON) -> JSON:
        seen: list[Any] = []

        async def progress(done: float, total: float | None, message: str | None) -> None:
            seen.append([done, total, message])

        wanted = progress if call.get("progress") else None
        result = await party.call(call["tool"], call.get("arguments", {}), wanted, self._level)
        return {"result": result, "progress": seen} if wanted else result

    async def _cancel(self, call: JSON) -> JSON:
        """Give a call up once it has reported progress."""
        reported = asyncio.Event()

        async def progress(done: float, total: float | None, message: str | None) -> None:
            reported.set()

        running = asyncio.ensure_future(self._party.call(call["tool"], call.get("arguments", {}), progress, None))
        waiting = asyncio.ensure_future(reported.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if running.done():
            return {"ended": running.result()}
        running.cancel()
        ended = await asyncio.gather(running, return_exceptions=True)
        return {"given up": isinstance(ended[0], asyncio.CancelledError)}

    async def _stir(self, call: JSON, method: str) -> JSON:
        """Repeat a call until a notification is heard: streams for them open in their own time."""
        while True:
            result = await self._party.call(call["tool"], call.get("arguments", {}), None, None)
            heard = await self._party.heard.take(method, 1, 0.5)
            if heard:
                return {"result": result, "heard": heard[0]}

    async def _until(self, call: JSON, said: str) -> JSON:
        """Repeat a call until its text holds a word."""
        while True:
            result = await self._party.call(call["tool"], call.get("arguments", {}), None, None)
            if said in json.dumps(result):
                return result
            await asyncio.sleep(0.05)

    async def _twins(self, calls: list[JSON]) -> list[Any]:
        """Make each call from a client of its own: they count their request ids alike."""
        async with AsyncExitStack() as stack:
            parties = [await stack.enter_async_context(self._connect(self._target)) for _ in calls]
            return list(
                await asyncio.gather(*(self._call(party, call) for party, call in zip(parties, calls, strict=True)))
            )


async def play(connect: Connect, blame: Callable[[BaseException], JSON]) -> None:
    """Play every script of the job on stdin."""
    job = json.load(sys.stdin)
    target, scripts = job["target"], job["scripts"]
    for group in [scripts] if job["keep"] else [{name: steps} for name, steps in scripts.items()]:
        try:
            async with connect(target) as party:
                for name, steps in group.items():
                    player = Player(party, connect, target, blame)
                    tell(name, [await player.step(step) for step in steps])
        except Exception as error:  # noqa: BLE001 - as above
            tell("broken", [*group, blame(error)])


def tell(name: str, seen: list[Any]) -> None:
    print(json.dumps({"script": name, "seen": seen}), flush=True)  # noqa: T201


def innermost(error: BaseException) -> BaseException:
    """The first cause in a group of exceptions."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
