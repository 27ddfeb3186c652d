"""The lifespan of an ASGI app that no server runs: started before it is asked, ended after."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from yett import telemetry
from yett.errors import UpstreamUnavailable
from yett.upstream.app_pool import App, Event, Scope

START_SECONDS: Final = 60.0
END_SECONDS: Final = 10.0
_STARTED: Final = "lifespan.startup.complete"


@asynccontextmanager
async def running(app: App) -> AsyncIterator[Mapping[str, Any]]:
    """Run the app's lifespan; what it leaves for its requests is the context. Raises `UpstreamUnavailable`."""
    state: dict[str, Any] = {}
    asked: asyncio.Queue[Event] = asyncio.Queue()
    told: asyncio.Queue[Event] = asyncio.Queue()
    scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}

    async def live() -> None:
        try:
            await app(scope, asked.get, told.put)
        except Exception as error:  # noqa: BLE001 - an app without a lifespan raises whatever it likes
            telemetry.event("app.no-lifespan", error=type(error).__name__)
            await told.put({"type": _STARTED})

    life = asyncio.get_running_loop().create_task(live())
    try:
        await asked.put({"type": "lifespan.startup"})
        try:
            async with asyncio.timeout(START_SECONDS):
                event = await told.get()
        except TimeoutError:
            raise UpstreamUnavailable(f"the app did not start within {START_SECONDS:g} seconds") from None
        if event["type"] != _STARTED:
            raise UpstreamUnavailable(f"the app did not start: {str(event.get('message', ''))[:500]}")
        yield state
        await asked.put({"type": "lifespan.shutdown"})
        await asyncio.wait({life}, timeout=END_SECONDS)
    finally:
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
