from __future__ import annotations

import asyncio

import pytest

from yett.core.exchange import Channel, Entrance, Exchange
from yett.core.message import Notification, Request
from yett.enforce.gateway import Gateway
from yett.enforce.recheck import Running
from yett.errors import DownstreamGone
from yett.identity.credentials import Credentials
from yett.state.counters import Limits
from yett.state.gcra import Rate
from yett.wire.http import Incoming, RequestHead

LISTENS = Request(id=1, method="subscriptions/listen", params={})
HEADERS = (
    (b"host", b"127.0.0.1:8080"),
    (b"content-type", b"application/json"),
    (b"accept", b"application/json, text/event-stream"),
)


def exchange(request) -> Exchange:
    channel = Channel(entrance=Entrance.GATEWAY, peer="192.0.2.1")
    return Exchange(id="1", received_at=0.0, channel=channel, server="demo", request=request)


class Paper:
    started = False

    def __init__(self) -> None:
        self.status = 0
        self.headers = {}

    def send(self, status, headers, body) -> None:
        self.status, self.headers = status, dict(headers)


def answered(kit, method="POST", target=b"/demo/mcp", headers=HEADERS, body=b"{"):
    async def run():
        async with kit.scene() as scene:
            gateway = Gateway(scene.runtime, clock=lambda: 1_800_000_000.0)
            paper = Paper()
            head = RequestHead(method=method, target=target, headers=headers)
            await gateway.answer(Incoming(head=head, body=body, peer="192.0.2.1", port=1, secure=False), paper)
            assert gateway.running == 0
        return paper, scene.records()

    return asyncio.run(run())


def without(name):
    return tuple(header for header in HEADERS if header[0] != name)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"target": b"/"}, 404),
        ({"target": b"/demo"}, 404),
        ({"target": b"/demo/mcp/"}, 404),
        ({"target": b"/other/mcp"}, 404),
        ({"target": b"/demo/mcp?access_token=x"}, 400),
        ({"method": "PUT"}, 405),
        ({"method": "OPTIONS"}, 405),
        ({"method": "PATCH"}, 405),
        ({"headers": without(b"content-type")}, 415),
        ({"headers": (*without(b"content-type"), (b"content-type", b"text/plain"))}, 415),
        ({"headers": (*without(b"content-type"), (b"content-type", b"application/json; charset=utf-16"))}, 415),
        ({"headers": (*without(b"content-type"), (b"content-type", b"multipart/form-data"))}, 415),
        ({"headers": (*HEADERS, (b"content-encoding", b"gzip"))}, 415),
    ],
)
def test_what_the_head_settles_is_refused_with_one_record(kit, change, status) -> None:
    paper, records = answered(kit, **change)
    assert paper.status == status
    assert [record["kind"] for record in records] == ["refusal"]


def test_what_the_head_settles_counts_against_its_address(kit) -> None:
    async def run():
        scene = kit.scene()
        scene.limits = Limits(failures=Rate(count=2, seconds=60))
        statuses = []
        async with scene:
            gateway = Gateway(scene.runtime, clock=lambda: 1_800_000_000.0)
            for _ in range(4):
                paper = Paper()
                head = RequestHead(method="POST", target=b"/no/such", headers=HEADERS)
                await gateway.answer(Incoming(head=head, body=b"", peer="192.0.2.1", port=1, secure=False), paper)
                statuses.append(paper.status)
        return statuses, scene.kinds()

    assert asyncio.run(run()) == ([404, 404, 429, 429], ["refusal", "refusal"])


@pytest.mark.parametrize(
    "media_type",
    [b"application/json", b"Application/JSON", b"application/json; charset=utf-8", b"application/json;charset=UTF-8"],
)
def test_json_is_json_however_it_is_spelt(kit, media_type) -> None:
    paper, _ = answered(kit, headers=(*without(b"content-type"), (b"content-type", media_type)))
    assert paper.status == 400  # the body is no JSON: the head was fine


def test_a_refused_method_names_those_that_are_served(kit) -> None:
    paper, _ = answered(kit, method="PUT")
    assert paper.headers[b"allow"] == b"POST, GET, DELETE"


def test_only_streams_that_have_begun_and_have_no_end_are_dismissed(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            gateway = Gateway(scene.runtime)
            never = asyncio.Event()

            def running(request, *, begun=True, cut=""):
                delivery = kit.Delivery(scene.runtime, begun=begun, exchange=exchange(request), cut=cut)
                delivery.task = asyncio.create_task(never.wait())
                gateway._running[id(delivery)] = Running(delivery=delivery, credentials=Credentials())
                return delivery

            deliveries = [
                running(LISTENS),
                running(Notification(method="session/listen")),
                running(LISTENS, begun=False),
                running(LISTENS, cut="no longer allowed"),
                running(Request(id=1, method="tools/call", params={"name": "echo"})),
            ]
            elsewhere = gateway.dismiss("the server's configuration changed", kit.Upstream())
            dismissed = gateway.dismiss("the gateway is ending", scene.upstream)
            tasks = gateway.using(scene.upstream)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return elsewhere, dismissed, len(tasks), [delivery.dismissed for delivery in deliveries]

    assert asyncio.run(run()) == (0, 2, 5, [True, True, False, False, False])


class Stuck:
    """A delivery whose client does not read, or has gone."""

    def __init__(self, error=None) -> None:
        self.error = error
        self.beaten = 0

    async def beat(self, now, every) -> None:
        self.beaten += 1
        if self.error is not None:
            raise self.error
        await asyncio.sleep(60)


def test_a_client_that_does_not_read_keeps_nobody_from_its_comments(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            gateway = Gateway(scene.runtime)
            clients = [Stuck(), Stuck(DownstreamGone("gone")), Stuck()]
            gateway._running = dict.fromkeys(clients)
            async with asyncio.timeout(5):
                await gateway.beat()
        return [client.beaten for client in clients]

    assert asyncio.run(run()) == [1, 1, 1]


def test_a_head_that_comes_again_is_read_again_once_the_configuration_has_changed(kit) -> None:
    head = RequestHead(method="POST", target=b"/demo/mcp", headers=HEADERS)
    incoming = Incoming(head=head, body=b"{", peer="192.0.2.1", port=1, secure=False)

    async def run():
        async with kit.scene() as scene:
            gateway = Gateway(scene.runtime)
            statuses = []
            for routes in (scene.runtime.routes, scene.runtime.routes, {}):
                scene.change(routes=routes)
                gateway.runtime = scene.runtime
                paper = Paper()
                await gateway.answer(incoming, paper)
                statuses.append(paper.status)
            return statuses

    assert asyncio.run(run()) == [400, 400, 404]
