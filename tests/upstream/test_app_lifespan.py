from __future__ import annotations

import asyncio

import pytest

from yett.errors import UpstreamUnavailable
from yett.upstream import app_lifespan
from yett.upstream.app_lifespan import running


def test_the_app_starts_before_and_ends_after():
    order: list[str] = []

    async def app(scope, receive, send):
        assert (await receive())["type"] == "lifespan.startup"
        scope["state"]["db"] = 1
        order.append("starts")
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        order.append("ends")
        await send({"type": "lifespan.shutdown.complete"})

    async def story() -> None:
        async with running(app) as state:
            order.append(f"runs with {state}")
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(story())
    assert order == ["starts", "runs with {'db': 1}", "ends"]


def test_an_app_without_a_lifespan_runs_all_the_same():
    async def app(scope, receive, send):
        raise NotImplementedError(scope["type"])

    async def story() -> None:
        async with running(app) as state:
            assert state == {}

    asyncio.run(story())


def test_an_app_that_does_not_start_is_said_so(monkeypatch):
    async def fails(scope, receive, send):
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    async def hangs(scope, receive, send):
        await asyncio.Event().wait()

    monkeypatch.setattr(app_lifespan, "START_SECONDS", 0.02)

    async def story() -> None:
        for app, words in ((fails, "no database"), (hangs, "did not start within")):
            with pytest.raises(UpstreamUnavailable, match=words):
                async with running(app):
                    pass
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(story())


def test_an_app_that_does_not_end_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(app_lifespan, "END_SECONDS", 0.02)

    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await asyncio.Event().wait()

    async def story() -> None:
        async with running(app):
            pass
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(story())
