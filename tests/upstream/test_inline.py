from __future__ import annotations

import asyncio
import json

from yett.core.exchange import Channel, Entrance, Era, Exchange, Principal
from yett.core.message import Reply, Request
from yett.core.pipeline import Guarded, Pipeline
from yett.guards.housekeeping import GATEWAY, Housekeeping
from yett.identity.credentials import Credentials
from yett.protocol import methods
from yett.upstream.app_pool import PRINCIPAL
from yett.upstream.caller import Caller
from yett.upstream.inline import InlineUpstream
from yett.upstream.upstream import Call, Prompt

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
LIST = Request(id=7, method="tools/list", params={"_meta": META})


def _cleared(message):
    pipeline = Pipeline([Guarded(guard=Housekeeping())], subject=methods.subject)
    channel = Channel(entrance=Entrance.EMBEDDED, peer="")
    exchange = Exchange(id="x", received_at=0.0, channel=channel, server="demo", principal=GATEWAY, request=message)
    return pipeline.check_request(exchange).verdict


class App:
    """Answers every request with an empty result, and remembers its scope."""

    def __init__(self) -> None:
        self.scopes: list[dict] = []

    async def __call__(self, scope, receive, send) -> None:
        self.scopes.append(scope)
        asked = json.loads((await receive())["body"])
        body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": {"resultType": "complete"}}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})


def test_a_message_is_asked_of_the_app_and_says_who_is_calling():
    app = App()
    alice = Principal(issuer="yett", subject="alice")

    async def story() -> None:
        upstream = InlineUpstream("demo", app, path="/mcp", host="mcp.example.com", state=lambda: {"db": 1})
        for principal in (alice, None):
            caller = None if principal is None else Caller(principal=principal, credentials=Credentials())
            call = Call(era=Era.MODERN, version="2026-07-28", caller=caller)
            async with upstream.open(_cleared(LIST), call) as arrivals:
                assert [arrival.message async for arrival in arrivals] == [
                    Reply(id=7, result={"resultType": "complete"})
                ]
        await upstream.close()

    asyncio.run(story())
    assert [scope[PRINCIPAL] for scope in app.scopes] == [alice, None]
    assert [scope["state"] for scope in app.scopes] == [{"db": 1}, {"db": 1}]
    sent = dict(app.scopes[0]["headers"])
    assert (sent[b"host"], sent[b"mcp-method"]) == (b"mcp.example.com", b"tools/list")
    assert b"authorization" not in sent


def test_it_is_not_asked_without_a_task_as_a_connection_is():
    assert not isinstance(InlineUpstream("demo", App(), path="/mcp", host="h"), Prompt)


def test_an_app_that_speaks_neither_era_offers_nothing():
    async def story() -> None:
        upstream = InlineUpstream("demo", App(), path="/mcp", host="h")
        assert (await upstream.probe()).eras == frozenset()
        await upstream.close()

    asyncio.run(story())
