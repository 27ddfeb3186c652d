from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import ClassVar

import pytest

from yett.core.exchange import ANONYMOUS, Era, Quota
from yett.core.guard import Guard, Phase
from yett.core.message import Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.enforce.establish import establish
from yett.enforce.inbound import Verb
from yett.state.counters import Limits
from yett.state.gcra import Rate

HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}


def established(kit, inbound, prepare=None):
    async def run():
        scene = kit.scene()
        if prepare is not None:
            prepare(scene)
        async with scene:
            return establish(scene.runtime, inbound)

    return asyncio.run(run())


def test_a_modern_call_has_all_its_facts(kit) -> None:
    found = established(kit, kit.modern("tools/call", {"name": "echo", "arguments": {}}, name="echo"))
    exchange = found.exchange
    assert found.deny is None
    assert (exchange.era, exchange.version, exchange.principal) == (Era.MODERN, "2026-07-28", kit.ALICE)
    assert (exchange.tool, exchange.quota, exchange.session) == (None, Quota(), "")
    assert isinstance(exchange.request, Request)
    assert exchange.encoded


def test_a_tool_that_is_in_the_catalogue_is_a_fact(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            scene.runtime.catalogue.replace("demo", [{"name": "echo", "inputSchema": {"type": "object"}}], 0.0)
            inbound = kit.modern("tools/call", {"name": "echo", "arguments": {}}, name="echo")
            return establish(scene.runtime, inbound).exchange.tool

    assert asyncio.run(run()).name == "echo"


@pytest.mark.parametrize(
    ("body", "headers", "kind"),
    [
        (b"{", [], Kind.PARSE),
        (b"[]", [], Kind.ENVELOPE),
        (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', [], Kind.PARSE),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping"}', [(b"mcp-protocol-version", b"2026-07-28")], Kind.PARAMS),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping"}', [(b"mcp-protocol-version", b"1999-01-01")], Kind.VERSION),
        (b'{"jsonrpc":"2.0","id":1,"method":"no/such"}', [], Kind.METHOD),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping"}', [(b"mcp-session-id", b"x")], Kind.SESSION),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_kind(kit, body, headers, kind) -> None:
    accept = (b"accept", b"application/json, text/event-stream")
    found = established(kit, kit.inbound(body, [accept, *headers]))
    assert found.deny.reason.kind is kind


def test_an_answer_that_the_client_would_not_take_is_refused_before_the_body_is_parsed(kit) -> None:
    found = established(kit, kit.inbound(b"{", [(b"accept", b"application/json")]))
    assert found.deny.reason.kind is Kind.HTTP_NOT_ACCEPTABLE


def test_nobody_is_identified_before_the_peers_limit(kit) -> None:
    asked = []

    def narrow(scene) -> None:
        scene.limits = Limits(peer=Rate(count=1, seconds=60))
        scene.identify = lambda values, now: asked.append(values) or kit.ALICE

    async def run():
        scene = kit.scene()
        narrow(scene)
        async with scene:
            inbound = kit.modern("server/discover")
            return [establish(scene.runtime, inbound).deny for _ in range(2)]

    first, second = asyncio.run(run())
    assert first is None
    assert (second.reason.kind, len(asked)) == (Kind.FLOOD, 1)


def test_failed_sign_ins_are_counted_against_the_peer(kit) -> None:
    def strange(scene) -> None:
        scene.limits = Limits(failures=Rate(count=2, seconds=60))
        scene.identify = lambda _values, _now: Deny(reason=kit.NOBODY)

    async def run():
        scene = kit.scene()
        strange(scene)
        async with scene:
            return [establish(scene.runtime, kit.modern("server/discover")).deny.reason.kind for _ in range(3)]

    assert asyncio.run(run()) == [Kind.UNAUTHENTICATED, Kind.UNAUTHENTICATED, Kind.FLOOD]


def test_strangers_lock_nobody_out_who_shares_their_address(kit) -> None:
    async def run():
        scene = kit.scene()
        scene.limits = Limits(failures=Rate(count=1, seconds=60))
        async with scene:
            stranger = replace(scene.runtime, identify=lambda _values, _now: Deny(reason=kit.NOBODY))
            kinds = [establish(stranger, kit.modern("server/discover")).deny.reason.kind for _ in range(3)]
            return kinds, establish(scene.runtime, kit.modern("server/discover")).deny

    assert asyncio.run(run()) == ([Kind.UNAUTHENTICATED, Kind.FLOOD, Kind.FLOOD], None)


def test_a_foreign_host_counts_as_a_failure_of_its_address(kit) -> None:
    class Closed(Guard):
        name: ClassVar[str] = "closed"
        phase: ClassVar[Phase] = Phase.ADMIT

        def check_request(self, exchange):
            return Deny(reason=Reason(code="test.host", kind=Kind.HOST, public="no"))

    def closed(scene) -> None:
        scene.guards = [Closed()]
        scene.limits = Limits(failures=Rate(count=1, seconds=60))

    async def run():
        scene = kit.scene()
        closed(scene)
        async with scene:
            return [establish(scene.runtime, kit.modern("server/discover")).deny.reason.kind for _ in range(2)]

    assert asyncio.run(run()) == [Kind.HOST, Kind.FLOOD]


@pytest.mark.parametrize("what", ["malformed", "stream"])
def test_what_never_becomes_a_message_counts_against_its_caller_too(kit, what) -> None:
    inbound = kit.inbound(b"{", [(b"accept", b"*/*")]) if what == "malformed" else kit.legacy(b"", verb=Verb.LISTEN)

    async def run():
        scene = kit.scene()
        scene.limits = Limits(user=Rate(count=2, seconds=60))
        async with scene:
            return [establish(scene.runtime, inbound).deny for _ in range(3)]

    *_, last = asyncio.run(run())
    assert (last.reason.code, last.reason.kind, last.detail) == ("caller.flood", Kind.FLOOD, "user: 2 in 60 s")


def test_a_message_counts_once(kit) -> None:
    async def run():
        scene = kit.scene()
        scene.limits = Limits(user=Rate(count=2, seconds=60))
        async with scene:
            return [establish(scene.runtime, kit.modern("server/discover")).exchange.quota.spent for _ in range(3)]

    assert asyncio.run(run()) == ["", "", "user: 2 in 60 s"]


def test_a_refused_stranger_stays_anonymous(kit) -> None:
    def strange(scene) -> None:
        scene.identify = lambda _values, _now: Deny(reason=kit.NOBODY)

    found = established(kit, kit.modern("server/discover"), strange)
    assert found.exchange.principal is ANONYMOUS


def test_initialize_within_a_session_is_refused(kit) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}
    found = established(kit, kit.legacy(body, session="abc"))
    assert found.deny.reason.code == "session.exists"


def test_a_stream_needs_a_client_that_takes_events(kit) -> None:
    headers = [(b"mcp-session-id", b"abc"), (b"accept", b"application/json")]
    found = established(kit, kit.inbound(b"", headers, verb=Verb.LISTEN))
    assert found.deny.reason.code == "http.not-acceptable"


def test_a_modern_client_has_no_get(kit) -> None:
    headers = [(b"mcp-session-id", b"abc"), (b"accept", b"text/event-stream"), (b"mcp-protocol-version", b"2026-07-28")]
    found = established(kit, kit.inbound(b"", headers, verb=Verb.LISTEN))
    assert found.deny.reason.code == "http.no-stream"
    assert found.deny.supported == ("POST",)
