from __future__ import annotations

import asyncio
from typing import ClassVar

from yett.core.guard import Guard, Phase
from yett.core.message import Notification, Reply, Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import ALLOW, Deny
from yett.enforce.conductor import conduct
from yett.enforce.inbound import Verb
from yett.upstream.upstream import Arrival

NO = Reason(code="test.no", kind=Kind.DENIED, public="no")
LOG = Notification(method="notifications/message", params={"level": "info", "data": "x"})


class NoReplies(Guard):
    """Refuses everything that a server says, but for the answer to `initialize`."""

    name: ClassVar[str] = "no-replies"
    phase: ClassVar[Phase] = Phase.REDACT

    def check_reply(self, exchange, reply):
        first = isinstance(exchange.request, Request) and exchange.request.method == "initialize"
        return ALLOW if first else Deny(reason=NO)


def heard(kit, *messages):
    """Open a session and listen in it to a server that says these things; return what the client was told."""
    hello = {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }

    async def run():
        scene = kit.scene()
        scene.guards.append(NoReplies())
        async with scene:
            agreed = {"protocolVersion": "2025-11-25", "capabilities": {}}
            scene.upstream.script = lambda m: [Arrival(message=Reply(id=m.id, result=agreed))]
            delivery = kit.Delivery(scene.runtime)
            await conduct(scene.runtime, kit.legacy(hello), delivery)
            session = next(entry[1] for entry in delivery.said if entry[0] == "session")
            scene.upstream.script = lambda _m: [Arrival(message=message) for message in messages]
            listening = kit.Delivery(scene.runtime)
            await conduct(scene.runtime, kit.legacy(b"", session=session, verb=Verb.LISTEN), listening)
            return [entry[1] for entry in listening.said if entry[0] == "message"], scene.upstream.sent

    return asyncio.run(run())


def test_a_reply_that_is_refused_on_a_resumed_stream_is_answered_by_a_refusal(kit) -> None:
    [told], _ = heard(kit, Reply(id=7, result={"secret": 1}))
    assert (told.id, told.result, told.error.code) == (7, None, 4030)


def test_a_question_that_is_refused_is_declined_to_the_server(kit) -> None:
    told, sent = heard(kit, Request(id="q", method="roots/list"))
    assert told == []
    assert (sent[-1][0].id, sent[-1][0].error.code) == ("q", 4030)


def test_a_notification_that_is_refused_leaves_nobody_waiting(kit) -> None:
    told, sent = heard(kit, LOG)
    assert told == []
    assert [message.method for message, _ in sent] == ["initialize", "GET"]
