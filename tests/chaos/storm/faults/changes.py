"""Not faults but changes, which must not feel like one: reloads, revocations, a restart."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from storm.caller import Answer, Caller
from storm.canary import LEGACY
from storm.fault import Scale, fault
from storm.gateway import patience
from storm.line import BrokenOffError, Line, Response
from storm.setting import WEB, Setting
from storm.stage import Stage
from yett.identity.token_file import TokenFile

OK = 200


@fault(
    "reload-good",
    "the config is reloaded, each time a little different, under load",
    "no call fails, none is answered by parts of two configs",
)
async def _good(stage: Stage, scale: Scale) -> None:
    await stage.open()
    holding = asyncio.create_task(stage.call("hold", ms=8000 if scale.long else 2500))
    began = time.monotonic()
    took = []
    turns = 60 if scale.long else 6
    for turn in range(turns):
        if turn == turns // 2:  # by now there were as many configs at once as the drain lets live
            stage.before = replace(stage.before, memory=max(stage.before.memory, stage.gateway.memory()))
        stage.write_config(more=f"# {turn}\n" + ("url: https://mcp.example.com\n" if turn % 2 else ""))
        asked = time.monotonic()
        status, said = await stage.gateway.reload()
        took.append(time.monotonic() - asked)
        stage.expect(status == OK, f"a reload was refused: {said}")
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
    answers = stage.load.since(began)
    stage.no_failures([*answers, await holding])
    stage.within(f"{len(took)} reloads, each", took, 2.0)


@fault(
    "reload-bad",
    "the config becomes unreadable, wrong, or fails its own tests, under load",
    "each reload is refused with a reason, the old config stays; no call fails",
)
async def _bad(stage: Stage, scale: Scale) -> None:
    await stage.open()
    began = time.monotonic()
    changes: list[tuple[str, Callable[[str], str]]] = [
        ("no YAML", lambda text: text + "roles: ["),
        ("an unknown key", lambda text: text + "rolse: {}\n"),
        ("empty", lambda text: text[:0]),
        ("a failing test", lambda text: text + "tests: [{ who: user:mallory, allow: [web.note] }]\n"),
        ("another port", lambda text: text.replace(f"127.0.0.1:{stage.gateway.port}", "127.0.0.1:1024")),
        ("another ledger", lambda text: text.replace("path: ledger", "path: elsewhere")),
    ]
    for _ in range(5 if scale.long else 1):
        for what, change in changes:
            stage.write_config(change)
            status, said = await stage.gateway.reload()
            stage.expect(status == 409 and said, f"{what}: the reload was answered with {status}")
    (stage.folder / "yett.yaml").unlink()
    status, said = await stage.gateway.reload()
    stage.expect(status == 409 and said, f"no file: the reload was answered with {status}")
    stage.write_config()
    status, said = await stage.gateway.reload()
    stage.expect(status == OK, f"the good config was refused afterwards: {said}")
    await asyncio.sleep(0.3)
    stage.no_failures(stage.load.since(began))


@fault(
    "reload-moves-server",
    "a reload gives a server another address or another credential, under load",
    "no call fails, neither those under way nor those that come",
)
async def _moves(stage: Stage, scale: Scale) -> None:
    second = await stage.second_server()
    await stage.open()
    began = time.monotonic()
    callers = [stage.caller() for _ in range(4)]
    working = asyncio.Event()

    async def work(caller: Caller) -> list[Answer]:
        answers = []
        while not working.is_set():
            answers.append(await caller.call("note", ms=150))
        caller.close()
        return answers

    # Within the 3 s of `limits.drain`, which is how long calls may stay with a server that was changed.
    holding = asyncio.create_task(stage.call("hold", ms=1500))
    tasks = [asyncio.create_task(work(caller)) for caller in callers]
    places = (stage.proxy.port, second.port)
    for turn in range(10 if scale.long else 4):
        _move(stage, places[turn % 2], f"t{turn}")
        status, said = await stage.gateway.reload()
        stage.expect(status == OK, f"a reload was refused: {said}")
        await asyncio.sleep(0.4)
    working.set()
    answers = [answer for some in await asyncio.gather(*tasks) for answer in some]
    stage.extra += answers
    stage.no_failures([*answers, *stage.load.since(began), await holding])


def _move(stage: Stage, port: int, turn: str) -> None:
    """Give the server another address and another header."""
    before = WEB.format(proxy=stage.proxy.port)
    after = f"  web: {{ url: http://127.0.0.1:{port}/mcp, headers: {{ X-Turn: {turn} }} }}"
    stage.write_config(lambda text: text.replace(before, after))


@fault(
    "reload-revokes",
    "a reload takes a role from a user who is calling and has a stream open",
    "denied at most 1 s later, the stream cut at most 5 s later; others' calls do not fail",
)
async def _revokes(stage: Stage, scale: Scale) -> None:
    await stage.open()
    began = time.monotonic()
    denied: list[float] = []
    cut: list[float] = []
    for _ in range(5 if scale.long else 1):

        async def revoke() -> None:
            stage.write_config(lambda text: text.replace("user:bob", "user:nobody"))
            status, said = await stage.gateway.reload()
            stage.expect(status == OK, f"the reload was refused: {said}")

        await _revoked(stage, revoke, denied, cut)
        stage.write_config()
        await stage.gateway.reload()
    stage.within("denied after", denied, 1.0)
    stage.within("stream cut after", cut, 5.0)
    stage.no_failures(stage.load.since(began))


@fault(
    "token-revoked",
    "a user's token is revoked while the user is calling and has a stream open",
    "denied at most 1 s later, the stream cut at most 5 s later; others' calls do not fail",
)
async def _token(stage: Stage, scale: Scale) -> None:
    await stage.open()
    began = time.monotonic()
    denied: list[float] = []
    cut: list[float] = []
    for _ in range(5 if scale.long else 1):

        async def revoke() -> None:
            await asyncio.to_thread(TokenFile(stage.folder / "tokens.yaml").revoke, "bob")

        await _revoked(stage, revoke, denied, cut)
        stage.tokens["bob"] = stage.new_token("bob")
        await stage.until_well(who="bob")
    stage.within("denied after", denied, 1.0)
    stage.within("stream cut after", cut, 5.0)
    stage.no_failures(stage.load.since(began))


async def _revoked(
    stage: Stage, revoke: Callable[[], Coroutine[Any, Any, None]], denied: list[float], cut: list[float]
) -> None:
    """bob calls and listens; then bob may not. Notes when the last success began, and when the stream ended."""
    streaming = asyncio.create_task(stage.call("hold", who="bob", ms=20_000))
    caller = stage.caller("bob")
    stage.extra.append(await caller.call("note"))
    stage.expect(stage.extra[-1].fate == "success", "bob could not call in the first place")
    await stage.held(1)
    moment = time.monotonic()
    revoking = asyncio.create_task(revoke())
    last = moment
    for _ in patience(3.0):
        answer = await caller.call("note")
        stage.extra.append(answer)
        if answer.fate == "success":
            last = answer.began
        await asyncio.sleep(0.02)
    await revoking
    caller.close()
    denied.append(last - moment)
    held = await streaming
    stage.expect(held.fate in ("broken", "refused"), f"the stream is {held.fate}")
    cut.append(held.ended - moment)


@fault(
    "drain",
    "SIGTERM under load with open streams, again and again (rolling restarts)",
    "every request that was sent is answered; calls end, streams without an end are told; exit 0 within the drain time",
    setting=Setting(rate=60.0),
)
async def _drain(stage: Stage, scale: Scale) -> None:
    took, dropped, sent, new = [], [], 0, 0
    for _ in range(12 if scale.long else 2):
        await stage.gateway.start()
        await stage.gateway.surveyed("web")
        stage.load.start()
        streams = [Stream(stage.gateway.port, stage.caller(), era) for era in ("modern", "legacy")]
        for stream in streams:
            await stream.open()
        holding = [asyncio.create_task(stage.call("hold", ms=ms)) for ms in (600, 1500)]
        await stage.held(len(holding))
        coming = [asyncio.create_task(_keep_coming(stage)) for _ in range(4)]
        await asyncio.sleep(0.5)
        began = time.monotonic()
        stage.gateway.send(signal.SIGTERM)
        stage.expect(await stage.gateway.ended() == 0, "the exit status is not 0")
        took.append(time.monotonic() - began)
        await stage.load.stop()
        held = await asyncio.gather(*holding)
        stage.expect(all(one.fate == "success" for one in held), f"calls ended as {[one.fate for one in held]}")
        ends = [await stream.end() for stream in streams]
        stage.expect(all(end.startswith("whole") for end in ends), f"the streams ended like this: {ends}")
        came = [answer for some in await asyncio.gather(*coming) for answer in some]
        answers = [*stage.load.answers[sent:], *came]
        sent, new = len(stage.load.answers), new + sum(1 for one in came if one.fate != "unsent")
        dropped += [one for one in answers if one.fate == "broken"]
    stage.measure(f"{sent + new} requests, {new} of them on new connections, {len(dropped)} dropped")
    stage.expect(not dropped, f"{len(dropped)} requests were dropped")
    stage.within("ended after", took, 3.8)


async def _keep_coming(stage: Stage) -> list[Answer]:
    """Call on a new connection each time, until there is nobody to connect to."""
    answers = []
    for _ in patience(10.0):
        answers.append(await stage.call("note"))
        if answers[-1].fate == "unsent":
            break
    return answers


class Stream:
    """A stream that has no end of its own: `subscriptions/listen`, or the GET of a legacy session."""

    def __init__(self, port: int, caller: Caller, era: str) -> None:
        self._port = port
        self._caller = caller
        self._era = era
        self._line: Line
        self._response = Response(status=0, headers={})
        self._reading: asyncio.Task[Response]

    async def open(self) -> None:
        """Open it, and wait for its head."""
        self._line = await Line.to(self._port)
        request = await self._handshaken() if self._era == "legacy" else self._listen()
        self._reading = asyncio.create_task(self._line.ask(request, self._response))
        for _ in patience(5.0):
            if self._response.status:
                return
            await asyncio.sleep(0.01)

    def _listen(self) -> bytes:
        wanted = {"notifications": {"toolsListChanged": True}}
        return self._caller.message("listen-1", "subscriptions/listen", wanted, "web")

    async def _handshaken(self) -> bytes:
        hello = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "storm", "version": "1"}}
        first = await self._line.ask(self._legacy({"id": 1, "method": "initialize", "params": hello}))
        session = first.headers["mcp-session-id"]
        await self._line.ask(self._legacy({"method": "notifications/initialized"}, session))
        return self._legacy(None, session)

    def _legacy(self, message: dict[str, object] | None, session: str = "") -> bytes:
        head = self._caller.head("GET" if message is None else "POST", "web")
        if session:
            head += f"mcp-session-id: {session}\r\nmcp-protocol-version: {LEGACY}\r\n"
        if message is None:
            return (head + "accept: text/event-stream\r\n\r\n").encode()
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        head += "content-type: application/json\r\naccept: application/json, text/event-stream\r\n"
        return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body

    async def end(self) -> str:
        """How it ended."""
        try:
            response = await asyncio.wait_for(self._reading, 5)
        except BrokenOffError:
            return f"{self._era}: broken off"
        except TimeoutError:
            return f"{self._era}: not at all"
        finally:
            self._line.close()
        replied = b'"id":"listen-1"' in response.body
        return f"whole, {self._era}, {'with' if replied else 'without'} a reply"
