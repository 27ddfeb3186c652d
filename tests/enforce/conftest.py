"""Fakes for the modes: an upstream that says what it is told to, a delivery that remembers, a runtime around them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
import pytest

from yett.config.runtime import Runtime
from yett.core.exchange import Channel, Entrance, Exchange, Principal
from yett.core.guard import Guard, Phase
from yett.core.message import Message, Reply, Request
from yett.core.pipeline import Cleared, Guarded, Pipeline
from yett.core.reason import Kind, Reason
from yett.core.verdict import ALLOW, Deny
from yett.enforce.inbound import Inbound, Verb
from yett.enforce.preface import Preface
from yett.guards.housekeeping import Housekeeping
from yett.ledger.ledger import Ledger
from yett.policy.policy import Policy
from yett.protocol import methods
from yett.protocol.jsonrpc import Bounds
from yett.state.catalogue import Catalogue
from yett.state.counters import Counters, Limits
from yett.state.sessions import Session, Sessions
from yett.state.tasks import Tasks
from yett.upstream.upstream import Arrival, Call, Offer

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "certificates"))

ALICE = Principal(issuer="yett", subject="alice", roles=frozenset({"engineer"}), credential="k1")
NOBODY = Reason(code="identity.missing", kind=Kind.UNAUTHENTICATED, public="sign in")


class Nod(Guard):
    name: ClassVar[str] = "nod"
    phase: ClassVar[Phase] = Phase.AUTHORIZE

    def check_request(self, exchange: Exchange) -> Any:
        return ALLOW


@dataclass
class FakeUpstream:
    """Answers every request with `script(message)`: arrivals, exceptions to raise, or events to wait for."""

    name: str = "demo"
    script: Callable[[Message], Sequence[Any]] = lambda message: [Arrival(message=Reply(id=message.id, result={}))]  # type: ignore[union-attr] # requests only
    offer: Offer = field(default_factory=Offer)
    sent: list[tuple[Message, Call]] = field(default_factory=list)
    ended: list[Session] = field(default_factory=list)
    closed: bool = False
    left_early: int = 0

    async def probe(self) -> Offer:
        return self.offer

    @asynccontextmanager
    async def open(self, cleared: Cleared[Message], call: Call) -> AsyncIterator[AsyncIterator[Arrival]]:
        self.sent.append((cleared.message, call))
        items = self.script(cleared.message) if isinstance(cleared.message, Request) else []
        if items and isinstance(items[0], Exception):
            raise items[0]
        try:
            yield _arriving(items)
        except asyncio.CancelledError:
            self.left_early += 1
            raise

    @asynccontextmanager
    async def listen(self, session: Session, last_event_id: str) -> AsyncIterator[AsyncIterator[Arrival]]:
        self.sent.append((Request(id=0, method="GET", params={"last": last_event_id}), None))  # type: ignore[arg-type] # a note
        yield _arriving(self.script(Request(id=0, method="GET")))

    async def end(self, session: Session) -> None:
        self.ended.append(session)

    async def close(self) -> None:
        self.closed = True


async def _arriving(items: Sequence[Any]) -> AsyncIterator[Arrival]:
    for item in items:
        if isinstance(item, Exception):
            raise item
        if isinstance(item, asyncio.Event):
            await item.wait()
            continue
        yield item


@dataclass
class FakeDelivery:
    """Remembers what it was told to send."""

    runtime: Runtime
    begun: bool = False
    exchange: Exchange | None = None
    task: asyncio.Task[None] | None = None
    cut: str = ""
    dismissed: bool = False
    waiting: bool = False
    anew: bool = False
    said: list[Any] = field(default_factory=list)

    async def message(self, cleared: Cleared[Message], arrival: Arrival, *, last: bool) -> None:
        self.begun = True
        self.said.append(("message", cleared.message, last))

    async def alive(self, arrival: Arrival) -> None:
        self.begun = True
        self.said.append(("alive", arrival.event_id))

    async def accepted(self) -> None:
        self.begun = True
        self.said.append("accepted")

    async def ended(self) -> None:
        self.begun = True
        self.said.append("ended")

    async def refuse(self, deny: Deny, exchange: Exchange) -> None:
        self.said.append(("refused", deny.reason.code, deny.detail))
        self.begun = True

    async def farewell(self, exchange: Exchange) -> None:
        self.said.append("farewell")

    async def opened(self) -> None:
        self.begun = True
        self.said.append("opened")

    async def finish(self) -> None:
        self.said.append("finished")

    def session(self, session_id: str) -> None:
        self.said.append(("session", session_id))


class Scene:
    """A gateway's inside in one folder. Use `async with`; `say()` conducts one message."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.upstream = FakeUpstream()
        self.guards: list[Guard] = [Nod()]
        self.identify: Any = lambda _values, _now: ALICE
        self.limits = Limits()
        self.timeout = 5.0
        self.changes: list[str] = []
        self.runtime: Runtime

    async def __aenter__(self) -> Self:
        self.ledger = await Ledger.open(self.folder / "ledger")

        async def changed(server: str) -> None:
            self.changes.append(server)

        self.runtime = Runtime(
            digest="d" * 64,
            pipeline=Pipeline([Guarded(guard=guard) for guard in self.guards], subject=methods.subject),
            housekeeping=Pipeline([Guarded(guard=Housekeeping())], subject=methods.subject),
            identify=self.identify,
            policy=Policy([]),
            counters=Counters(self.limits),
            catalogue=Catalogue(),
            sessions=Sessions(),
            tasks=Tasks(),
            ledger=self.ledger,
            upstreams={"demo": self.upstream},
            routes={b"/demo/mcp": "demo", b"/mcp": "demo"},
            bounds=Bounds(),
            timeout=self.timeout,
            changed=changed,
            flaw=lambda tool: "it says so" if tool.name == "flawed" else "",
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.ledger.close()

    def change(self, **fields: Any) -> None:
        self.runtime = replace(self.runtime, **fields)

    def records(self) -> list[dict[str, Any]]:
        """All records of messages so far, without the ledger's own."""
        found = []
        for segment in sorted((self.folder / "ledger").glob("*.jsonl")):
            for line in segment.read_bytes().splitlines():
                record = msgspec.json.decode(line)
                if record.get("kind") in ("intent", "outcome", "refusal"):
                    found.append(record)
        return found

    def kinds(self) -> list[str]:
        return [record["kind"] for record in self.records()]


MODERN = "2026-07-28"


def modern(
    method: str, params: dict[str, Any] | None = None, *, id: int | None = 1, name: str | None = None
) -> Inbound:
    meta = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}}
    body = {"jsonrpc": "2.0", "id": id, "method": method, "params": {**(params or {}), "_meta": meta}}
    if id is None:
        del body["id"]
    headers = [
        (b"accept", b"application/json, text/event-stream"),
        (b"mcp-protocol-version", MODERN.encode()),
        (b"mcp-method", method.encode()),
    ]
    if name:
        headers.append((b"mcp-name", name.encode()))
    return inbound(body, headers)


def legacy(body: Any, *, session: str = "", version: str = "2025-11-25", verb: Verb = Verb.SAY) -> Inbound:
    headers = [(b"accept", b"application/json, text/event-stream")]
    if session:
        headers += [(b"mcp-session-id", session.encode()), (b"mcp-protocol-version", version.encode())]
    return inbound(body, headers, verb=verb)


def inbound(body: Any, headers: list[tuple[bytes, bytes]], *, verb: Verb = Verb.SAY) -> Inbound:
    return Inbound(
        id="0" * 20,
        received_at=1_800_000_000.0,
        started=0.0,
        verb=verb,
        preface=Preface(
            Channel(entrance=Entrance.GATEWAY, peer="192.0.2.7", host="127.0.0.1:8080"),
            "demo",
            ((b"authorization", b"Bearer t"), *headers),
        ),
        body=body if isinstance(body, bytes) else msgspec.json.encode(body),
    )


class Kit:
    """What tests of this folder use."""

    ALICE = ALICE
    NOBODY = NOBODY
    Delivery = FakeDelivery
    Upstream = FakeUpstream
    modern = staticmethod(modern)
    legacy = staticmethod(legacy)
    inbound = staticmethod(inbound)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def scene(self) -> Scene:
        return Scene(self.folder)


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)
