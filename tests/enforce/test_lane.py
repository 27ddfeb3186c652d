"""The same calls with lanes and without them: same verdicts, same records, same bytes to the server and the client."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yett.core.exchange import Era, Principal
from yett.core.message import Reply, Request
from yett.core.pipeline import Guarded, Pipeline
from yett.core.verdict import Deny
from yett.enforce.conductor import conduct
from yett.enforce.establish import establish
from yett.enforce.http_delivery import HttpDelivery
from yett.enforce.lane import MOST, Lanes
from yett.enforce.plain_call import begin
from yett.guards.access import Access
from yett.guards.arguments import Arguments
from yett.guards.rate_limit import RateLimit
from yett.policy.policy import Policy
from yett.policy.role import Entry, Role
from yett.protocol import jsonrpc, methods
from yett.state.counters import Limits
from yett.state.gcra import Rate
from yett.upstream.upstream import Arrival, Call, Offer

SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string", "maxLength": 3}, "n": {"type": "integer"}},
    "required": ["text"],
}
CALL = Call(era=Era.MODERN, version="2026-07-28", caller=None)
TOOLS = [{"name": name, "inputSchema": SCHEMA} for name in ("echo", "get", "closed")]


class Asked:
    def arrival(self, response):
        return response

    def release(self) -> None:
        pass

    def abort(self) -> None:
        pass


class Upstream:
    """Answers at once with the call's own id and arguments; keeps what was sent."""

    name = "demo"

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Any]] = []
        self.takers: list[Any] = []

    def ask(self, cleared, call, taker):
        self.sent.append((cleared.encoded or jsonrpc.encode(cleared.message), (call.era, call.version, call.tool)))
        self.takers.append((taker, Reply(id=cleared.message.id, result={"content": cleared.message.params["name"]})))
        return Asked()

    def open(self, cleared, call):
        raise AssertionError("it was asked at once")

    async def probe(self):
        return Offer()

    def listen(self, session, last_event_id):
        raise AssertionError("nothing is listened to")

    async def end(self, session) -> None:
        pass

    async def close(self) -> None:
        pass


class Paper:
    def __init__(self) -> None:
        self.started = False
        self.said: list[Any] = []

    def send(self, status, headers, body) -> None:
        self.said.append((status, tuple(headers), body))

    def over(self) -> None:
        pass


def guards():
    roles = [Role(name="engineer", members=entries("user:alice"), allow=entries("demo.echo", "demo.get"))]
    return [Access(Policy(roles)), RateLimit(), Arguments()]


def entries(*texts: str) -> tuple[Entry, ...]:
    return tuple(Entry(text=text) for text in texts)


async def played(scene, upstream, preface, inbound) -> None:
    paper = Paper()
    delivery = HttpDelivery(paper, scene.runtime)
    inbound = msgspec.structs.replace(inbound, preface=preface) if preface is not None else inbound
    established = establish(scene.runtime, inbound)
    scene.lanes.append(established.lane)
    call = begin(upstream, established, delivery, inbound, lambda _: None)
    if call is None:
        await conduct(scene.runtime, inbound, delivery, established)
    else:
        while not upstream.takers:
            await asyncio.sleep(0)
        taker, reply = upstream.takers.pop()
        assert taker.take(Arrival(message=reply))
        await call
    scene.papers.append(paper.said)


def run(kit, calls, *, shared: bool, limits: Limits | None = None):
    """Play calls on one head, or each on a head of its own: then there are no lanes."""

    async def story():
        scene = kit.scene()
        scene.guards, scene.limits = guards(), limits or scene.limits
        scene.lanes, scene.papers = [], []
        async with scene:
            upstream = Upstream()
            scene.change(upstreams={"demo": upstream})
            scene.runtime.catalogue.replace("demo", TOOLS, 0.0)
            before = len(scene.records())
            heads: dict[str, Any] = {}
            for inbound in calls:
                name = dict(inbound.preface.headers).get(b"mcp-name", b"").decode()
                preface = heads.setdefault(name, inbound.preface) if shared else None
                await played(scene, upstream, preface, inbound)
            await asyncio.sleep(0)
            records = scene.records()[before:]
        return scene.lanes, [neutral(record) for record in records], upstream.sent, scene.papers

    return asyncio.run(story())


def neutral(record: dict[str, Any]) -> list[tuple[str, Any]]:
    """A record without what differs from run to run, in the order it was written in."""
    passing = {"seq", "prev", "hash", "at", "mono", "duration_ms", "arguments"}
    told = [(key, value) for key, value in record.items() if key not in passing]
    return [*told, ("arguments", list(record.get("arguments", {})))]


def call(kit, name="echo", arguments=None, **more):
    given = {"text": "hi"} if arguments is None else arguments
    return kit.modern("tools/call", {"name": name, "arguments": given}, name=name, **more)


def test_the_second_call_of_a_kind_takes_the_lane_of_the_first(kit) -> None:
    lanes, records, sent, papers = run(kit, [call(kit), call(kit, id=2), call(kit, "get"), call(kit)], shared=True)
    assert [lane is not None for lane in lanes] == [False, True, False, True]
    assert [dict(record)["kind"] for record in records] == ["intent", "outcome"] * 4
    assert len(sent) == len(papers) == 4


texts = st.sampled_from(["", "a", "abc", "abcd", "\u00e9", "\\"])
arguments = st.fixed_dictionaries({}, optional={"text": texts | st.integers(0, 3), "n": st.integers(), "x": st.none()})
calls = st.lists(
    st.tuples(st.sampled_from(["echo", "get", "closed", "none"]), arguments, st.integers(1, 3)), max_size=8
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    calls, st.sampled_from([None, Limits(user=Rate(count=4, seconds=1000)), Limits(tool=Rate(count=2, seconds=1000))])
)
def test_both_ways_judge_record_send_and_answer_alike(kit, tmp_path_factory, calls, limits) -> None:
    make = type(kit)

    def done(*, shared):
        kit = make(tmp_path_factory.mktemp("lane"))
        return run(
            kit, [call(kit, name, given, id=number) for name, given, number in calls], shared=shared, limits=limits
        )

    _, *with_lanes = done(shared=True)
    none, *without = done(shared=False)
    assert not any(none)
    assert with_lanes == without


def lane_of(kit, change):
    """Whether a second call still finds the lane of the first after `change`."""

    async def story():
        scene = kit.scene()
        scene.guards, scene.lanes, scene.papers = guards(), [], []
        async with scene:
            upstream = Upstream()
            scene.change(upstreams={"demo": upstream})
            scene.runtime.catalogue.replace("demo", TOOLS, 0.0)
            inbound = call(kit)
            await played(scene, upstream, None, inbound)
            change(scene)
            established = establish(scene.runtime, inbound)
            await asyncio.sleep(0)
        return established

    return asyncio.run(story())


def test_nothing_changed_and_the_lane_holds(kit) -> None:
    assert lane_of(kit, lambda scene: None).lane is not None


def test_a_tool_that_was_listed_anew_has_another_lane(kit) -> None:
    assert lane_of(kit, lambda scene: scene.runtime.catalogue.replace("demo", TOOLS, 1.0)).lane is None


def test_a_tool_that_is_gone_has_none(kit) -> None:
    established = lane_of(kit, lambda scene: scene.runtime.catalogue.replace("demo", [], 1.0))
    assert established.lane is None
    assert established.exchange.tool is None


def test_another_caller_never_takes_the_lane_even_if_he_is_equal(kit) -> None:
    twin = msgspec.structs.replace(kit.ALICE)
    assert twin == kit.ALICE
    assert lane_of(kit, lambda scene: scene.change(identify=lambda *_: twin)).lane is None


def test_a_revoked_caller_is_refused_before_any_lane(kit) -> None:
    no = Deny(reason=kit.NOBODY)
    established = lane_of(kit, lambda scene: scene.change(identify=lambda *_: no))
    assert established.lane is None
    assert established.deny == no


def test_other_guards_are_asked_anew(kit) -> None:
    def change(scene) -> None:
        pipeline = Pipeline([Guarded(guard=guard) for guard in guards()], subject=methods.subject)
        scene.change(pipeline=pipeline)

    assert lane_of(kit, change).lane is None


def test_the_lanes_of_one_head_are_bounded(kit) -> None:
    async def story():
        scene = kit.scene()
        scene.guards = guards()
        async with scene:
            scene.runtime.catalogue.replace("demo", TOOLS, 0.0)
            established = establish(scene.runtime, call(kit))
            lanes = Lanes()
            for _ in range(3 * MOST):
                likeness = type(established.likeness)("echo", {})
                lanes.keep(scene.runtime, established.exchange, established.story, likeness, CALL)
            return len(lanes._known)

    assert asyncio.run(story()) <= MOST


@pytest.mark.parametrize("principal", [Principal(issuer="yett", subject="bob")])
def test_what_the_policy_does_not_grant_gets_no_lane(kit, principal) -> None:
    lanes = Lanes()

    async def story():
        scene = kit.scene()
        scene.guards = guards()
        scene.identify = lambda *_: principal
        async with scene:
            scene.runtime.catalogue.replace("demo", TOOLS, 0.0)
            established = establish(scene.runtime, call(kit))
            assert isinstance(established.exchange.request, Request)
            lanes.keep(scene.runtime, established.exchange, established.story, established.likeness, CALL)

    asyncio.run(story())
    assert not lanes._known
