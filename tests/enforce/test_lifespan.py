from __future__ import annotations

import asyncio

import pytest

from yett.enforce.lifespan import Lifespan
from yett.errors import LedgerError


def _served(app, *, start_error: Exception | None = None):
    """Run a lifespan as a server does; what was sent, and in which order things happened."""
    order: list[str] = []
    states: list[dict] = []
    told: list[dict] = []

    async def start() -> None:
        if start_error is not None:
            raise start_error
        order.append("ours opens")

    async def close() -> None:
        order.append("ours closes")

    async def story() -> None:
        events = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

        async def receive():
            return next(events)

        async def send(event) -> None:
            told.append(event)
            order.append(event["type"])

        scope = {"type": "lifespan"}
        lifespan = Lifespan(app(order), start, lambda: order.append("ours begins"), close, states.append)
        await lifespan(scope, receive, send)

    asyncio.run(story())
    return order, states, told


def _whole(order):
    async def app(scope, receive, send):
        assert (await receive())["type"] == "lifespan.startup"
        order.append("inner starts")
        scope["state"]["db"] = 1
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        order.append("inner ends")
        await send({"type": "lifespan.shutdown.complete"})

    return app


def test_ours_opens_first_begins_once_the_app_runs_and_closes_before_it_ends():
    order, states, _ = _served(_whole)
    assert order == [
        "ours opens",
        "inner starts",
        "ours begins",
        "lifespan.startup.complete",
        "ours closes",
        "inner ends",
        "lifespan.shutdown.complete",
    ]
    assert states == [{"db": 1}]


@pytest.mark.parametrize("asks", [False, True])
def test_an_app_without_a_lifespan_is_none_the_worse(asks):
    def make(order):
        async def app(scope, receive, send):
            if asks:
                await receive()
            raise NotImplementedError(scope["type"])

        return app

    order, _, _ = _served(make)
    assert order == [
        "ours opens",
        "ours begins",
        "lifespan.startup.complete",
        "ours closes",
        "lifespan.shutdown.complete",
    ]


def test_where_ours_cannot_start_the_server_is_told_why_and_the_app_does_not_start():
    order, _, told = _served(_whole, start_error=LedgerError("the ledger cannot be written"))
    assert order == ["lifespan.startup.failed"]
    assert told == [{"type": "lifespan.startup.failed", "message": "yett: the ledger cannot be written"}]


def test_where_the_app_cannot_start_ours_is_closed():
    def make(order):
        async def app(scope, receive, send):
            await receive()
            await send({"type": "lifespan.startup.failed", "message": "no database"})

        return app

    assert _served(make)[0] == ["ours opens", "lifespan.startup.failed", "ours closes"]


def test_an_app_that_breaks_at_its_end_breaks_as_without_us():
    def make(order):
        async def app(scope, receive, send):
            await receive()
            await send({"type": "lifespan.startup.complete"})
            raise KeyError("a bug")

        return app

    with pytest.raises(KeyError):
        _served(make)
