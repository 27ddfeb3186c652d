from __future__ import annotations

import asyncio
import json

import pytest

from yett.core.exchange import Channel, Entrance, Era, Exchange
from yett.core.guard import Guard, Phase
from yett.core.message import Notification, Reply, Request
from yett.core.pipeline import Guarded, Pipeline
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.enforce.http_delivery import HttpDelivery, target_of
from yett.protocol import methods
from yett.upstream.upstream import Arrival

NO = Reason(code="test.no", kind=Kind.UPSTREAM_BROKEN, public="no")
CALL = Request(id=3, method="tools/call", params={"name": "echo", "arguments": {}})
PROGRESS = Notification(method="notifications/progress", params={"progressToken": 1, "progress": 1})


class Paper:
    """Stands in for a responder; remembers what was written."""

    def __init__(self) -> None:
        self.started = False
        self.finished = False
        self.status = 0
        self.headers = {}
        self.written = b""

    def send(self, status, headers, body) -> None:
        self.started = self.finished = True
        self.status, self.headers, self.written = status, dict(headers), body

    def start(self, status, headers) -> None:
        self.started = True
        self.status, self.headers = status, dict(headers)

    async def write(self, chunk) -> None:
        self.written += chunk

    def finish(self) -> None:
        self.finished = True


class Nod(Guard):
    name = "nod"
    phase = Phase.AUTHORIZE


def cleared(message):
    pipeline = Pipeline([Guarded(guard=Nod())], subject=methods.subject)
    return pipeline.check_reply(exchange(), message).verdict


def exchange(request=CALL) -> Exchange:
    return Exchange(
        id="ref-1",
        received_at=0.0,
        channel=Channel(entrance=Entrance.GATEWAY, peer="192.0.2.1"),
        server="demo",
        request=request,
        era=Era.MODERN,
    )


def delivered(kit, *steps):
    """Run the steps on a fresh delivery; return what was written."""

    async def run():
        paper = Paper()
        async with kit.scene() as scene:
            delivery = HttpDelivery(paper, scene.runtime)
            for step in steps:
                done = step(delivery)
                if done is not None:
                    await done
        return paper

    return asyncio.run(run())


def last(message, **arrival):
    return lambda d: d.message(cleared(message), Arrival(message=message, **arrival), last=True)


def one(message, **arrival):
    return lambda d: d.message(cleared(message), Arrival(message=message, **arrival), last=False)


def finish(delivery):
    return delivery.finish()


def test_a_reply_that_comes_alone_is_json(kit) -> None:
    paper = delivered(kit, last(Reply(id=3, result={"a": 1})), finish)
    assert (paper.status, paper.headers[b"content-type"]) == (200, b"application/json")
    assert paper.headers[b"cache-control"] == b"no-store"
    assert json.loads(paper.written) == {"jsonrpc": "2.0", "id": 3, "result": {"a": 1}}


@pytest.mark.parametrize(("chosen", "shown"), [(200, 200), (400, 400), (404, 404), (401, 200), (302, 200), (500, 200)])
def test_a_server_may_choose_few_statuses(kit, chosen, shown) -> None:
    assert delivered(kit, last(Reply(id=3, result={}), status=chosen)).status == shown


def test_a_reply_after_a_notification_makes_a_stream_of_both(kit) -> None:
    paper = delivered(kit, one(PROGRESS), last(Reply(id=3, result={})), finish)
    assert paper.headers[b"content-type"] == b"text/event-stream"
    assert paper.headers[b"x-accel-buffering"] == b"no"
    assert paper.finished
    assert [json.loads(line[6:]).get("id") for line in paper.written.splitlines() if line.startswith(b"data: ")] == [
        None,
        3,
    ]


def test_a_sign_of_life_begins_the_stream_at_once(kit) -> None:
    paper = delivered(kit, lambda d: d.alive(Arrival(message=None)))
    assert paper.started
    assert paper.written.startswith(b":")


def test_a_priming_event_keeps_its_id_and_its_pause(kit) -> None:
    paper = delivered(kit, lambda d: d.alive(Arrival(message=None, event_id="e-1", retry=100)))
    assert b"id: e-1\n" in paper.written
    assert b"retry: 100\n" in paper.written


def test_a_new_session_is_named_in_the_head(kit) -> None:
    paper = delivered(kit, lambda d: d.session("s-1"), last(Reply(id=3, result={})))
    assert paper.headers[b"mcp-session-id"] == b"s-1"


def test_a_refusal_before_anything_was_sent_is_a_whole_answer(kit) -> None:
    paper = delivered(kit, lambda d: d.refuse(Deny(reason=NO, detail="inside"), exchange()))
    body = json.loads(paper.written)
    assert (paper.status, body["id"], body["error"]["code"]) == (200, 3, 5020)
    assert b"inside" not in paper.written


def test_a_refusal_in_a_stream_is_its_last_event(kit) -> None:
    paper = delivered(kit, one(PROGRESS), lambda d: d.refuse(Deny(reason=NO), exchange()))
    assert paper.finished
    assert b'"code":5020' in paper.written.replace(b" ", b"")


def test_a_stream_without_an_end_gets_the_one_that_its_era_has(kit) -> None:
    listen = Request(id=9, method="subscriptions/listen", params={})
    modern = delivered(kit, lambda delivery: delivery.opened(), lambda delivery: delivery.farewell(exchange(listen)))
    legacy = delivered(
        kit,
        lambda delivery: delivery.opened(),
        lambda delivery: delivery.farewell(exchange(Notification(method="session/listen"))),
    )
    assert modern.finished
    assert b'"id":9,"result":{"resultType":"complete"' in modern.written
    assert (legacy.finished, legacy.written) == (True, b": keep-alive\n\n")


def test_a_stream_that_is_dismissed_before_it_began_is_an_empty_one(kit) -> None:
    # It was recorded, and a reload ended it before the server had answered: without this, the client got a 500.
    paper = delivered(kit, lambda delivery: delivery.farewell(exchange(Notification(method="session/listen"))))
    assert (paper.status, paper.headers[b"content-type"], paper.finished) == (200, b"text/event-stream", True)


def test_what_needs_no_reply_is_accepted(kit) -> None:
    paper = delivered(kit, lambda d: d.accepted(), finish)
    assert (paper.status, paper.written) == (202, b"")


def test_a_quiet_stream_gets_a_comment_and_a_busy_one_does_not(kit) -> None:
    paper = delivered(kit, lambda d: d.opened(), lambda d: d.beat(float("inf"), 15.0))
    assert paper.written.count(b":") == 2
    paper = delivered(kit, lambda d: d.opened(), lambda d: d.beat(0.0, 15.0))
    assert paper.written.count(b":") == 1


def test_what_an_exchange_is_about_is_named_as_policies_name_it() -> None:
    assert target_of(exchange()) == "demo.echo"
    assert target_of(exchange(Request(id=1, method="tools/list"))) == "demo"
    assert target_of(exchange(Reply(id=1, result={}))) == "demo"
