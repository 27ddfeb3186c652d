from __future__ import annotations

import asyncio
import errno
import gc
import weakref
from contextlib import asynccontextmanager

import msgspec
import pytest

from yett.core.exchange import Era
from yett.core.guard import Guard, Phase
from yett.core.message import Reply
from yett.core.reason import Kind, Reason
from yett.core.verdict import ALLOW, Deny
from yett.enforce.establish import establish
from yett.enforce.http_delivery import HttpDelivery
from yett.enforce.plain_call import begin
from yett.errors import LedgerError, UpstreamProtocolError, UpstreamUnavailable
from yett.state.concurrency import Caps
from yett.state.counters import Limits
from yett.upstream.upstream import Arrival, Offer, Prompt

NO = Reason(code="test.no", kind=Kind.UPSTREAM_BROKEN, public="no")
RESULT = Reply(id=1, result={"content": []})
ARRIVAL = Arrival(message=RESULT)


class Asked:
    """A request on its way. What it is answered with is whatever `take` is called with."""

    def __init__(self, upstream) -> None:
        self.upstream = upstream
        self.ended = ""

    def arrival(self, response):
        if isinstance(response, Exception):
            raise response
        return response

    def stream(self, response):
        return self.upstream.arriving(self)

    def release(self) -> None:
        self.ended = "released"

    def abort(self) -> None:
        self.ended = "aborted"


class Upstream:
    """Is asked at once while it has an idle connection; `open()` answers with `ARRIVAL`."""

    name = "demo"

    def __init__(self) -> None:
        self.idle = True
        self.asked: list[tuple] = []
        self.opened = 0
        self.calls = []

    def ask(self, cleared, call, taker):
        if not self.idle:
            return None
        asked = Asked(self)
        self.asked.append((asked, taker, call))
        return asked

    def open(self, cleared, call):
        self.opened += 1
        self.calls.append(call)
        return self.arriving()

    @asynccontextmanager
    async def arriving(self, asked=None):
        async def arrivals():
            yield ARRIVAL

        yield arrivals()
        if asked is not None:
            asked.release()

    async def probe(self):
        return Offer()

    def listen(self, session, last_event_id):
        raise NotImplementedError

    async def end(self, session) -> None:
        pass

    async def close(self) -> None:
        pass


class Paper:
    """What the client gets."""

    def __init__(self) -> None:
        self.started = False
        self.status = 0
        self.body = {}
        self.overs = 0

    def send(self, status, headers, body) -> None:
        assert not self.started
        self.started = True
        self.status, self.body = status, msgspec.json.decode(body)

    def finish(self) -> None:
        pass

    def over(self) -> None:
        self.overs += 1

    @property
    def code(self) -> int:
        return self.body["error"]["code"]


class Refusing(Guard):
    name = "refusing"
    phase = Phase.INSPECT

    def check_request(self, exchange):
        return ALLOW

    def check_reply(self, exchange, reply):
        return Deny(reason=NO)


class Stage:
    """One call that was begun, and everything around it."""

    def __init__(self, scene, upstream) -> None:
        self.scene = scene
        self.upstream = upstream
        self.paper = Paper()
        self.over: list[HttpDelivery] = []
        self.call = None

    def begin(self, inbound):
        self.delivery = HttpDelivery(self.paper, self.scene.runtime)
        established = establish(self.scene.runtime, inbound)
        self.call = begin(self.upstream, established, self.delivery, inbound, self.over.append)
        return self.call

    async def sent(self):
        """Wait for the intent; then the request is on its way."""
        for _ in range(5):
            await asyncio.sleep(0)
        return self.upstream.asked[-1][0]

    def take(self, response) -> bool:
        return self.upstream.asked[-1][1].take(response)

    async def done(self) -> None:
        await asyncio.wait_for(asyncio.shield(self.call), 10)
        await asyncio.sleep(0)
        assert self.over == [self.delivery]
        assert self.paper.overs == 1
        assert self.scene.runtime.counters.running == 0
        assert self.delivery.task is None

    def outcomes(self) -> list[tuple[str, str]]:
        return [(r["status"], r.get("detail", "")) for r in self.scene.records() if r["kind"] == "outcome"]


def play(kit, story, *, guards=(), limits=None, timeout=5.0):
    async def run():
        scene = kit.scene()
        scene.guards = [*scene.guards, *guards]
        scene.limits = limits or scene.limits
        scene.timeout = timeout
        async with scene:
            upstream = Upstream()
            scene.change(upstreams={"demo": upstream})
            return await story(Stage(scene, upstream))

    return asyncio.run(run())


def test_the_fake_is_an_upstream_that_can_be_asked_at_once() -> None:
    assert isinstance(Upstream(), Prompt)


def test_the_usual_call_is_recorded_sent_answered_and_recorded_again(kit) -> None:
    async def story(stage):
        call = stage.begin(kit.modern("server/discover"))
        assert not stage.upstream.asked  # not before the intent is in the ledger
        asked = await stage.sent()
        assert stage.scene.kinds() == ["intent"]
        assert stage.upstream.asked[0][2].era is Era.MODERN
        assert stage.take(ARRIVAL)
        assert asked.ended == "released"
        assert call.done()
        await stage.done()
        assert (stage.paper.status, stage.paper.body["result"]) == (200, {"content": []})
        assert stage.scene.kinds() == ["intent", "outcome"]
        assert stage.outcomes() == [("allowed", "")]

    play(kit, story)


def test_a_client_that_leaves_before_the_intent_is_kept_is_recorded_and_nothing_is_sent(kit) -> None:
    async def story(stage):
        stage.begin(kit.modern("server/discover")).cancel()
        await stage.done()
        assert not stage.upstream.asked
        assert not stage.paper.started
        assert stage.scene.kinds() == ["intent", "outcome"]
        assert stage.outcomes() == [("aborted", "the client left before anything was sent")]

    play(kit, story)


@pytest.mark.parametrize(("cut", "detail"), [("", "the client left"), ("no longer allowed: x", "no longer allowed: x")])
def test_a_call_that_is_ended_ends_at_the_server_as_well(kit, cut, detail) -> None:
    async def story(stage):
        call = stage.begin(kit.modern("server/discover"))
        asked = await stage.sent()
        stage.delivery.cut = cut
        assert call.cancel()
        assert not call.cancel()  # once is enough
        await stage.done()
        assert asked.ended == "aborted"
        assert not stage.take(ARRIVAL)  # an answer that comes all the same is nobody's
        assert not stage.paper.started
        assert stage.outcomes() == [("aborted", detail)]

    play(kit, story)


def test_a_call_that_takes_too_long_is_ended_and_answered(kit) -> None:
    async def story(stage):
        stage.begin(kit.modern("server/discover"))
        asked = await stage.sent()
        await stage.done()
        assert asked.ended == "aborted"
        assert stage.paper.code == 5040
        assert stage.outcomes() == [("failed", "upstream.timeout: the call's time limit is over")]

    play(kit, story, timeout=0.05)


@pytest.mark.parametrize("idle", [False, True])
def test_what_does_not_go_the_usual_way_goes_on_in_a_task(kit, idle) -> None:
    async def story(stage):
        stage.upstream.idle = idle
        stage.begin(kit.modern("server/discover"))
        if idle:  # the answer is a stream, or comes in pieces
            asked = await stage.sent()
            assert stage.take(None)
        await stage.done()
        assert stage.upstream.opened == (not idle)
        assert not idle or asked.ended == "released"
        assert stage.paper.body["result"] == {"content": []}
        assert stage.scene.kinds() == ["intent", "outcome"]
        assert stage.outcomes() == [("allowed", "")]

    play(kit, story)


def test_a_task_that_is_ended_before_its_first_step_leaves_an_outcome_and_no_connection(kit) -> None:
    async def story(stage):
        call = stage.begin(kit.modern("server/discover"))
        asked = await stage.sent()
        assert stage.take(None)
        call.cancel()
        await stage.done()
        assert asked.ended == "aborted"
        assert stage.outcomes() == [("aborted", "the client left")]

    play(kit, story)


def test_a_reply_that_a_guard_denies_is_replaced_by_a_refusal(kit) -> None:
    async def story(stage):
        stage.begin(kit.modern("server/discover"))
        asked = await stage.sent()
        assert stage.take(ARRIVAL)
        await stage.done()
        assert asked.ended == "released"
        assert stage.paper.code == 5020
        assert stage.outcomes() == [("failed", "test.no")]

    play(kit, story, guards=[Refusing()])


@pytest.mark.parametrize(
    ("error", "code", "detail"),
    [
        (UpstreamProtocolError("what is this"), 5020, "upstream.broken: what is this"),
        (ZeroDivisionError(), 5031, "gateway.failed: ZeroDivisionError"),
    ],
)
def test_an_answer_that_cannot_be_read_is_answered_for_and_its_connection_ended(kit, error, code, detail) -> None:
    async def story(stage):
        stage.begin(kit.modern("server/discover"))
        asked = await stage.sent()
        assert stage.take(error)
        await stage.done()
        assert asked.ended == "aborted"
        assert stage.paper.code == code
        assert stage.outcomes() == [("failed", detail)]

    play(kit, story)


def test_an_upstream_that_does_not_answer_is_answered_for(kit) -> None:
    async def story(stage):
        stage.begin(kit.modern("server/discover"))
        await stage.sent()
        stage.upstream.asked[0][1].fail(UpstreamUnavailable("gone"))
        await stage.done()
        assert stage.paper.code == 5030
        assert stage.outcomes() == [("failed", "upstream.unavailable: gone")]

    play(kit, story)


@pytest.mark.parametrize("at_once", [False, True])
def test_nothing_is_sent_when_the_intent_cannot_be_kept(kit, at_once) -> None:
    async def story(stage):
        ledger = stage.scene.ledger

        def full(_bodies) -> None:
            raise OSError(errno.ENOSPC, "no space left on device")

        def refuse(*_) -> None:
            raise LedgerError("no space left on device")

        append = ledger._journal.append
        if at_once:
            ledger.take_intent = refuse
        else:
            ledger._journal.append = full
        stage.begin(kit.modern("server/discover"))
        await stage.done()
        ledger._journal.append = append
        assert not stage.upstream.asked
        assert stage.paper.code == 5031
        assert "outcome" not in stage.scene.kinds()

    play(kit, story)


def test_what_is_refused_or_does_not_end_by_itself_is_not_begun_here(kit) -> None:
    async def story(stage):
        assert stage.begin(kit.modern("subscriptions/listen", {"notifications": {}})) is None
        assert stage.begin(kit.modern("notifications/cancelled", {"requestId": 1}, id=None)) is None
        assert stage.begin(kit.legacy({"jsonrpc": "2.0", "id": 1, "method": "ping"})) is None
        assert stage.begin(kit.inbound(b"{", [])) is None
        stage.scene.runtime.offers["demo"] = Offer(eras=frozenset({Era.LEGACY}), versions=("2025-11-25",))
        assert stage.begin(kit.modern("server/discover")) is None
        assert stage.scene.kinds() == []
        assert stage.scene.runtime.counters.running == 0

    play(kit, story)


def test_a_caller_without_a_free_place_is_not_served_here(kit) -> None:
    async def story(stage):
        stage.begin(kit.modern("server/discover"))
        first, stage.call = stage.call, None
        assert stage.begin(kit.modern("server/discover")) is None
        first.cancel()
        await asyncio.sleep(0.01)
        assert stage.scene.runtime.counters.running == 0

    play(kit, story, limits=Limits(caps=Caps(caller=1)))


def test_a_call_leaves_nothing_to_the_garbage_collector(kit) -> None:
    async def story(stage):
        stage.begin(kit.modern("server/discover"))
        await stage.sent()
        stage.take(ARRIVAL)
        await stage.done()
        held = weakref.ref(stage.call)
        stage.call = None
        stage.upstream.asked.clear()
        stage.over.clear()
        assert held() is None  # freed by its last reference, not by a collection

    gc.disable()
    try:
        play(kit, story)
    finally:
        gc.enable()


@pytest.mark.parametrize("idle", [True, False])
def test_a_call_is_on_behalf_of_its_caller_on_the_short_way_too(kit, idle) -> None:
    async def story(stage):
        stage.upstream.idle = idle
        inbound = kit.modern("server/discover")
        stage.begin(inbound)
        for _ in range(5):
            await asyncio.sleep(0)
        call = stage.upstream.asked[-1][2] if idle else stage.upstream.calls[-1]
        assert call.caller.principal == stage.delivery.exchange.principal
        assert call.caller.credentials == inbound.preface.credentials
        if idle:
            stage.take(ARRIVAL)
        await stage.done()

    play(kit, story)
