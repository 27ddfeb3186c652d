"""Two lifespans in one: ours opens before the inner app starts, and closes before it ends.

An app that has no lifespan is none the worse: then there is only ours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from yett import telemetry
from yett.errors import YettError
from yett.upstream.app_pool import App, Event, Receive, Scope, Send

_STARTED: Final = "lifespan.startup.complete"
_FAILED: Final = "lifespan.startup.failed"


class Lifespan:
    """One lifespan. `begin` is called once the inner app has started; `state` gets what that left for its requests."""

    def __init__(
        self,
        app: App,
        start: Callable[[], Awaitable[None]],
        begin: Callable[[], None],
        close: Callable[[], Awaitable[None]],
        state: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._app = app
        self._start = start
        self._begin = begin
        self._close = close
        self._state = state
        self._told = False
        """Whether the server knows how the start went."""
        self._running = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the lifespan to its end."""
        self._state(scope.setdefault("state", {}))

        async def listening() -> Event:
            event = await receive()
            if event["type"] == "lifespan.startup":
                await self._open(send)
            elif event["type"] == "lifespan.shutdown":
                await self._end()
            return event

        async def saying(event: Event) -> None:
            if event["type"] == _STARTED:
                self._begin()
            if event["type"] in (_STARTED, _FAILED):
                self._told = True
            await send(event)

        try:
            await self._app(scope, listening, saying)
        except _CannotStart:
            return
        except Exception as error:
            if self._told:
                raise
            telemetry.event("embedded.no-lifespan", error=type(error).__name__)
            await self._alone(receive, send)
        finally:
            await self._end()

    async def _open(self, send: Send) -> None:
        if self._running:
            return
        try:
            await self._start()
        except YettError as error:
            self._told = True
            await send({"type": _FAILED, "message": f"yett: {error}"})
            raise _CannotStart from error
        self._running = True

    async def _alone(self, receive: Receive, send: Send) -> None:
        """Go on without the inner app, which wants no lifespan."""
        if not self._running:  # it did not even ask for the first event
            await receive()
            await self._open(send)
        self._begin()
        self._told = True
        await send({"type": _STARTED})
        await receive()
        await self._end()
        await send({"type": "lifespan.shutdown.complete"})

    async def _end(self) -> None:
        if self._running:
            self._running = False
            await self._close()


class _CannotStart(Exception):
    """Ours did not start, and the server was told: the inner app must not start either."""
