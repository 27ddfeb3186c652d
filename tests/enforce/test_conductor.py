from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import pytest

from yett.core.exchange import Era
from yett.core.guard import Guard, Phase
from yett.core.message import Notification, Reply, Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import ALLOW, Deny, Rewrite
from yett.enforce.conductor import conduct
from yett.enforce.inbound import Verb
from yett.errors import (
    DownstreamGone,
    LedgerError,
    UpstreamEraError,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from yett.upstream.upstream import Arrival, Offer

NO = Reason(code="test.no", kind=Kind.DENIED, public="no")


class Never(Guard):
    name: ClassVar[str] = "never"
    phase: ClassVar[Phase] = Phase.AUTHORIZE

    def check_request(self, exchange):
        return Deny(reason=NO, detail="by test")


class NoReplies(Guard):
    name: ClassVar[str] = "no-replies"
    phase: ClassVar[Phase] = Phase.REDACT

    def check_reply(self, exchange, reply):
        return Deny(reason=NO)


def test_a_fault_of_ours_before_anything_is_known_is_refused_and_recorded(kit) -> None:
    def broken(scene) -> None:
        def identify(_values, _now):
            raise RuntimeError("a bug")

        scene.identify = identify

    scene, said = conducted(kit, kit.modern("server/discover"), broken)
    assert said == [("refused", "gateway.failed", "RuntimeError")]
    assert [(record["kind"], record["reason"]) for record in scene.records()] == [("refusal", "gateway.failed")]
    assert scene.upstream.sent == []


def conducted(kit, inbound, prepare=None):
    """Conduct one message in a fresh scene; return the scene, what was said and the records."""

    async def run():
        scene = kit.scene()
        if prepare is not None:
            prepare(scene)
        async with scene:
            delivery = kit.Delivery(scene.runtime)
            await conduct(scene.runtime, inbound, delivery)
        return scene, delivery.said

    return asyncio.run(run())


def call(kit, **params: Any):
    return kit.modern("tools/call", {"name": "echo", "arguments": params}, name="echo")


def test_an_allowed_call_is_recorded_sent_answered_and_recorded_again(kit) -> None:
    scene, said = conducted(kit, call(kit, text="hi"))
    assert said == [("message", Reply(id=1, result={}), True), "finished"]
    assert scene.kinds() == ["intent", "outcome"]
    [(sent, sent_as)] = scene.upstream.sent
    assert (sent.method, sent.params["arguments"], sent_as.era) == ("tools/call", {"text": "hi"}, Era.MODERN)


def test_a_denied_call_reaches_nobody_and_leaves_one_record(kit) -> None:
    scene, said = conducted(kit, call(kit), lambda s: s.guards.append(Never()))
    assert said == [("refused", "test.no", "by test")]
    assert scene.upstream.sent == []
    assert scene.kinds() == ["refusal"]


def test_a_stranger_is_refused_before_the_body_is_read(kit) -> None:
    def strange(scene) -> None:
        scene.identify = lambda _values, _now: Deny(reason=kit.NOBODY)

    scene, said = conducted(kit, kit.inbound(b"{ not json", []), strange)
    assert said == [("refused", "identity.missing", "")]
    assert scene.kinds() == ["refusal"]


def test_argument_values_are_not_in_the_ledger(kit) -> None:
    scene, _ = conducted(kit, call(kit, text="correct horse battery staple"))
    assert "correct horse" not in str(scene.records())
    assert "text" in str(scene.records())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UpstreamUnavailable("refused"), "upstream.unavailable"),
        (UpstreamTimeout("slow"), "upstream.timeout"),
        (UpstreamProtocolError("nonsense"), "upstream.broken"),
        (UpstreamEraError("legacy, not modern"), "era.not-spoken"),
        (RuntimeError("a bug of ours"), "gateway.failed"),
    ],
)
def test_every_failure_of_the_server_is_an_answer_and_an_outcome(kit, error, code) -> None:
    def failing(scene) -> None:
        scene.upstream.script = lambda _message: [error]

    scene, said = conducted(kit, call(kit), failing)
    assert [entry[:2] for entry in said] == [("refused", code)]
    assert scene.kinds() == ["intent", "outcome"]
    assert scene.records()[-1]["status"] == "failed"


def test_a_server_that_breaks_after_a_notification_is_refused_in_the_stream(kit) -> None:
    progress = Notification(method="notifications/progress", params={"progressToken": 1, "progress": 1})

    def breaking(scene) -> None:
        scene.upstream.script = lambda _message: [Arrival(message=progress), UpstreamProtocolError("cut")]

    _, said = conducted(kit, call(kit), breaking)
    assert said == [("message", progress, False), ("refused", "upstream.broken", "cut")]


def test_a_stream_that_ends_without_a_reply_is_a_failure(kit) -> None:
    def silent(scene) -> None:
        scene.upstream.script = lambda _message: []

    scene, said = conducted(kit, call(kit), silent)
    assert [entry[:2] for entry in said] == [("refused", "upstream.no-reply")]
    assert scene.records()[-1]["status"] == "failed"


def test_a_call_that_takes_too_long_is_ended(kit) -> None:
    def endless(scene) -> None:
        scene.timeout = 0.02
        scene.upstream.script = lambda _message: [asyncio.Event()]

    _, said = conducted(kit, call(kit), endless)
    assert [entry[:2] for entry in said] == [("refused", "upstream.timeout")]


def test_a_reply_that_a_guard_denies_is_replaced_by_a_refusal(kit) -> None:
    scene, said = conducted(kit, call(kit), lambda s: s.guards.append(NoReplies()))
    assert [entry[:2] for entry in said[:1]] == [("refused", "test.no")]
    assert scene.records()[-1]["status"] == "failed"


class NoQuestions(Guard):
    name: ClassVar[str] = "no-questions"
    phase: ClassVar[Phase] = Phase.REDACT

    def check_reply(self, exchange, reply):
        return Deny(reason=NO) if isinstance(reply, Request) else ALLOW


def test_a_client_that_is_gone_when_its_answer_comes_has_aborted_the_call(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            delivery = kit.Delivery(scene.runtime)

            async def gone(*_, **__):
                raise DownstreamGone("the client is gone")

            delivery.message = gone
            await conduct(scene.runtime, call(kit), delivery)
        return [(record["kind"], record.get("status")) for record in scene.records()]

    assert asyncio.run(run()) == [("intent", None), ("outcome", "aborted")]


def test_a_server_whose_question_is_not_passed_on_is_told_so(kit) -> None:
    question = Request(id="q1", method="sampling/createMessage", params={"messages": [], "maxTokens": 1})

    async def run():
        scene = kit.scene()
        scene.guards.append(NoQuestions())
        async with scene:
            session = await opened_session(kit, scene)
            scene.upstream.script = lambda m: [Arrival(message=question), Arrival(message=Reply(id=m.id, result={}))]
            delivery = kit.Delivery(scene.runtime)
            await conduct(scene.runtime, kit.legacy(PING, session=session), delivery)
            return delivery.said, scene.upstream.sent[-1][0]

    said, told = asyncio.run(run())
    assert said == [("message", Reply(id=1, result={}), True), "finished"]
    assert (told.id, told.error.code) == ("q1", 4030)


def test_a_client_that_leaves_is_recorded_as_aborted_and_the_server_is_told(kit) -> None:
    async def run():
        scene = kit.scene()
        started = asyncio.Event()

        def script(_message):
            started.set()
            return [asyncio.Event()]

        scene.upstream.script = script
        async with scene:
            task = asyncio.create_task(conduct(scene.runtime, call(kit), kit.Delivery(scene.runtime)))
            await started.wait()
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        return scene

    scene = asyncio.run(run())
    assert scene.upstream.left_early == 1
    assert [(r["kind"], r.get("status")) for r in scene.records()] == [("intent", None), ("outcome", "aborted")]


def test_a_dismissed_stream_is_bid_farewell_and_was_allowed(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            scene.upstream.script = lambda _message: [Arrival(message=None), asyncio.Event()]
            delivery = kit.Delivery(scene.runtime)
            listen = kit.modern("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
            task = asyncio.create_task(conduct(scene.runtime, listen, delivery))
            while not delivery.begun:
                await asyncio.sleep(0)
            delivery.cut, delivery.dismissed = "the gateway is ending", True
            task.cancel()
            await task
        return delivery.said, scene.records()[-1]

    said, outcome = asyncio.run(run())
    assert said[-1] == "farewell"
    assert (outcome["status"], outcome["detail"]) == ("allowed", "the gateway is ending")


def test_a_stream_that_is_dismissed_while_its_intent_is_written_is_bid_farewell_too(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            delivery = kit.Delivery(scene.runtime)
            listen = kit.modern("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
            task = asyncio.create_task(conduct(scene.runtime, listen, delivery))
            while delivery.exchange is None:
                await asyncio.sleep(0)
            delivery.cut, delivery.dismissed = "the configuration changed: listen again", True
            task.cancel()
            await task
        return scene, delivery

    scene, delivery = asyncio.run(run())
    assert (delivery.said, scene.upstream.sent) == (["farewell"], [])
    assert [(r["kind"], r.get("status")) for r in scene.records()] == [("intent", None), ("outcome", "aborted")]


def test_nothing_is_sent_when_the_intent_cannot_be_kept(kit) -> None:
    async def run():
        scene = kit.scene()
        async with scene:

            class Full:
                async def intent(self, *_):
                    raise LedgerError("no space left on device")

                async def refusal(self, *_):
                    raise LedgerError("no space left on device")

            scene.change(ledger=Full())
            delivery = kit.Delivery(scene.runtime)
            await conduct(scene.runtime, call(kit), delivery)
        return scene, delivery

    scene, delivery = asyncio.run(run())
    assert [entry[:2] for entry in delivery.said] == [("refused", "ledger.unwritable")]
    assert scene.upstream.sent == []


def test_an_era_that_the_server_does_not_speak_is_refused_and_both_are_named(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            scene.runtime.offers["demo"] = Offer(eras=frozenset({Era.LEGACY}), versions=("2025-11-25",))
            refused = []
            delivery = kit.Delivery(scene.runtime)

            async def refuse(deny, _exchange):
                refused.append(deny)

            delivery.refuse = refuse
            await conduct(scene.runtime, call(kit), delivery)
            return refused

    [deny] = asyncio.run(run())
    assert deny.reason.code == "era.not-spoken"
    assert "2026-07-28" in deny.public
    assert "2025-11-25" in deny.public
    assert deny.supported == ("2025-11-25",)


def test_too_many_calls_at_once_are_refused_and_the_place_is_given_back(kit) -> None:
    from yett.state.concurrency import Caps
    from yett.state.counters import Limits

    def narrow(scene) -> None:
        scene.limits = Limits(caps=Caps(caller=0, server=0))

    scene, said = conducted(kit, call(kit), narrow)
    assert [entry[:2] for entry in said] == [("refused", "limits.concurrency")]
    assert scene.runtime.counters.running == 0
    scene, _ = conducted(kit, call(kit))
    assert scene.runtime.counters.running == 0


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}


def agreeing(message: Request):
    if message.method == "initialize":
        return [Arrival(message=Reply(id=message.id, result={"protocolVersion": "2025-11-25", "capabilities": {}}))]
    return [Arrival(message=Reply(id=message.id, result={}))]


async def opened_session(kit, scene) -> str:
    scene.upstream.script = agreeing
    delivery = kit.Delivery(scene.runtime)
    await conduct(scene.runtime, kit.legacy(INITIALIZE), delivery)
    [session] = [entry[1] for entry in delivery.said if entry[0] == "session"]
    delivery = kit.Delivery(scene.runtime)
    hello = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    await conduct(scene.runtime, kit.legacy(hello, session=session), delivery)
    assert delivery.said == ["accepted", "finished"]
    return session


PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def test_a_legacy_session_lives_from_initialize_to_delete(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            session = await opened_session(kit, scene)
            pinged, ended, late = (kit.Delivery(scene.runtime) for _ in range(3))
            await conduct(scene.runtime, kit.legacy(PING, session=session), pinged)
            await conduct(scene.runtime, kit.legacy(b"", session=session, verb=Verb.END), ended)
            await conduct(scene.runtime, kit.legacy(PING, session=session), late)
            return pinged.said, ended.said, late.said, len(scene.upstream.ended)

    pinged, ended, late, count = asyncio.run(run())
    assert pinged == [("message", Reply(id=1, result={}), True), "finished"]
    assert (ended, count) == (["ended"], 1)
    assert [entry[:2] for entry in late] == [("refused", "session.unknown")]


def test_a_session_is_named_even_when_the_server_says_something_before_it_answers_initialize(kit) -> None:
    log = Notification(method="notifications/message", params={"level": "info", "data": "starting"})

    def talkative(message: Request):
        priming = Arrival(message=None, event_id="salt-1", retry=100)
        return [priming, Arrival(message=log), *agreeing(message)]

    async def run():
        async with kit.scene() as scene:
            scene.upstream.script = talkative
            delivery = kit.Delivery(scene.runtime)
            await conduct(scene.runtime, kit.legacy(INITIALIZE), delivery)
            return [entry if entry == "finished" else entry[0] for entry in delivery.said]

    assert asyncio.run(run()) == ["session", "message", "session", "message", "finished"]


def test_a_resumable_stream_may_end_before_its_reply(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            session = await opened_session(kit, scene)
            scene.upstream.script = lambda _message: [Arrival(message=None, event_id="salt-1", retry=100)]
            delivery = kit.Delivery(scene.runtime)
            await conduct(scene.runtime, kit.legacy(PING, session=session), delivery)
        return delivery.said, scene.records()[-1]["status"]

    assert asyncio.run(run()) == ([("alive", "salt-1"), "finished"], "allowed")


def test_streams_are_capped_and_take_no_places_of_calls(kit) -> None:
    # Bypass R-10: nothing counted GET streams, so one caller could hold as many as there are connections.
    from yett.state.concurrency import Caps
    from yett.state.counters import Limits

    async def run():
        async with kit.scene() as scene:
            scene.runtime.counters.limits = Limits(caps=Caps(caller=1, server=1))
            session = await opened_session(kit, scene)
            endless = scene.upstream.script = lambda _message: [asyncio.Event()]
            first, second = kit.Delivery(scene.runtime), kit.Delivery(scene.runtime)
            open_now = asyncio.create_task(
                conduct(scene.runtime, kit.legacy(b"", session=session, verb=Verb.LISTEN), first)
            )
            while not first.begun:
                await asyncio.sleep(0)
            await conduct(scene.runtime, kit.legacy(b"", session=session, verb=Verb.LISTEN), second)
            scene.upstream.script = lambda message: [Arrival(message=Reply(id=message.id, result={}))]
            calling = kit.Delivery(scene.runtime)
            await conduct(scene.runtime, kit.legacy(PING, session=session), calling)
            open_now.cancel()
            await asyncio.gather(open_now, return_exceptions=True)
            scene.upstream.script = endless
            third = kit.Delivery(scene.runtime)
            again = asyncio.create_task(
                conduct(scene.runtime, kit.legacy(b"", session=session, verb=Verb.LISTEN), third)
            )
            while not third.begun:
                await asyncio.sleep(0)
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)
        return second.said, calling.said[0][0], third.said[0]

    refused, called, opened = asyncio.run(run())
    assert [entry[:2] for entry in refused] == [("refused", "limits.concurrency")]
    assert (called, opened) == ("message", "opened")


def test_another_principal_cannot_use_a_session(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            session = await opened_session(kit, scene)
            from msgspec.structs import replace

            mallory = replace(kit.ALICE, subject="mallory")
            scene.change(identify=lambda _values, _now: mallory)
            said = []
            for inbound in (
                kit.legacy(PING, session=session),
                kit.legacy(b"", session=session, verb=Verb.LISTEN),
                kit.legacy(b"", session=session, verb=Verb.END),
            ):
                delivery = kit.Delivery(scene.runtime)
                await conduct(scene.runtime, inbound, delivery)
                said.append(delivery.said[0][1])
            return said

    assert asyncio.run(run()) == ["session.unknown"] * 3


def test_a_session_whose_initialize_failed_is_forgotten(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            scene.upstream.script = lambda _message: [UpstreamUnavailable("down")]
            await conduct(scene.runtime, kit.legacy(INITIALIZE), kit.Delivery(scene.runtime))
            return len(scene.runtime.sessions)

    assert asyncio.run(run()) == 0


def test_a_legacy_message_without_a_session_is_refused(kit) -> None:
    scene, said = conducted(kit, kit.legacy(PING))
    assert [entry[:2] for entry in said] == [("refused", "session.missing")]
    assert scene.upstream.sent == []


@pytest.mark.parametrize("claimed", ["2025-03-26", "2025-06-18"])
def test_a_header_changes_no_session_to_another_version(kit, claimed) -> None:
    async def run():
        async with kit.scene() as scene:
            session = await opened_session(kit, scene)
            delivery = kit.Delivery(scene.runtime)
            await conduct(scene.runtime, kit.legacy(PING, session=session, version=claimed), delivery)
            return delivery.exchange.version, scene.upstream.sent[-1][1].version

    assert asyncio.run(run()) == ("2025-11-25", "2025-11-25")


@pytest.mark.parametrize("verb", [Verb.LISTEN, Verb.END])
def test_a_version_that_does_not_exist_is_refused_in_a_session_too(kit, verb) -> None:
    async def run():
        async with kit.scene() as scene:
            session = await opened_session(kit, scene)
            delivery = kit.Delivery(scene.runtime)
            await conduct(scene.runtime, kit.legacy(b"", session=session, version="1999-01-01", verb=verb), delivery)
            return delivery.said

    assert [entry[:2] for entry in asyncio.run(run())] == [("refused", "session.version")]


def test_get_and_delete_without_a_session_belong_to_no_era(kit) -> None:
    for verb in (Verb.LISTEN, Verb.END):
        _, said = conducted(kit, kit.legacy(b"", verb=verb))
        assert [entry[:2] for entry in said] == [("refused", "http.no-stream")]


def test_a_changed_list_is_surveyed_before_the_client_hears_of_it(kit) -> None:
    note = Notification(method="notifications/tools/list_changed")

    def changing(scene) -> None:
        scene.upstream.script = lambda m: [Arrival(message=note), Arrival(message=Reply(id=m.id, result={}))]

    scene, said = conducted(kit, call(kit), changing)
    assert scene.changes == ["demo"]
    assert said[0] == ("message", note, False)


@pytest.mark.parametrize("kind", ["prompts", "resources"])
def test_a_changed_list_that_nobody_keeps_is_told_at_once(kit, kind) -> None:
    note = Notification(method=f"notifications/{kind}/list_changed")

    def changing(scene) -> None:
        scene.upstream.script = lambda m: [Arrival(message=note), Arrival(message=Reply(id=m.id, result={}))]

    scene, said = conducted(kit, call(kit), changing)
    assert scene.changes == []
    assert said[0] == ("message", note, False)


def test_a_rewritten_reply_is_what_is_delivered(kit) -> None:
    class Starred(Guard):
        name: ClassVar[str] = "starred"
        phase: ClassVar[Phase] = Phase.REDACT

        def check_reply(self, exchange, reply):
            return Rewrite(message=Reply(id=reply.id, result={"x": "***"}), note="1 secret")

    scene, said = conducted(kit, call(kit), lambda s: s.guards.append(Starred()))
    assert said[0] == ("message", Reply(id=1, result={"x": "***"}), True)
    assert "1 secret" in str(scene.records()[-1])
