"""Requests to an ASGI app in this process, with the face of a connection pool: the same answers, the same bounds.

There is no socket: what would be bytes on a wire are ASGI events. A slow reader makes the app wait in its `send`, and
whoever leaves early is told to the app as a client that disconnected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final, TypeAlias

from yett.core.exchange import Principal
from yett.errors import UpstreamError, UpstreamProtocolError, UpstreamTimeout, UpstreamUnavailable
from yett.wire import fields
from yett.wire.client import NO_LINES, Lines, Response, Timeouts
from yett.wire.http import Header, ResponseHead

Event: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

PRINCIPAL: Final = "yett.principal"
"""The key of the scope under which the app finds who is calling; `None` where it is Yett itself."""

CALLER: ContextVar[Principal | None] = ContextVar("yett-caller", default=None)
"""Who the request that is about to be made is for."""

_HEADERS: Final = 256
_HEAD_BYTES: Final = 64 * 1024
_LEAVE_SECONDS: Final = 5.0
"""How long requests may take to end once everything ends."""


class AppPool:
    """At most `max_connections` requests run at the same time. `host` is the `Host` that the app is shown."""

    def __init__(
        self,
        app: App,
        *,
        host: str,
        timeouts: Timeouts,
        state: Callable[[], Mapping[str, Any]],
        max_connections: int,
    ) -> None:
        self._app = app
        self._host = host.encode()
        self._timeouts = timeouts
        self._state = state
        self._max = max_connections
        self._running: dict[asyncio.Task[None], _Asked] = {}

    def request(
        self,
        method: bytes,
        path: bytes,
        headers: Sequence[Header],
        body: bytes,
        *,
        lines: Lines = NO_LINES,
        timeouts: Timeouts | None = None,
    ) -> AbstractAsyncContextManager[Response]:
        """Ask; inside the `async with` is the response. Leaving it early is a disconnect to the app."""
        length = (b"content-length", b"%d" % len(body))
        sent = [(b"host", self._host), *headers, *fields.split(lines), *([length] if body else [])]
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method.decode(),
            "scheme": "http",
            "path": path.decode(),
            "raw_path": path,
            "root_path": "",
            "query_string": b"",
            "headers": sent,
            "client": None,
            "server": None,
            "state": dict(self._state()),
            PRINCIPAL: CALLER.get(),
        }
        return _Call(self, _Asked(scope, body, timeouts or self._timeouts))

    async def close(self) -> None:
        """End every request; what is under way fails."""
        for asked in list(self._running.values()):
            asked.leave()
        if self._running:
            await asyncio.wait(self._running, timeout=_LEAVE_SECONDS)
        for task in list(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    @property
    def open(self) -> int:
        """How many requests the app is working on."""
        return len(self._running)

    def begin(self, asked: _Asked) -> None:
        """Have the app answer, in a task of this pool's."""
        if len(self._running) >= self._max:
            raise UpstreamUnavailable(f"{self._max} requests are under way already")
        task = asyncio.get_running_loop().create_task(asked.run(self._app))
        self._running[task] = asked
        task.add_done_callback(self._running.pop)


class _Asked:
    """One request as the app sees it, and the response that it makes."""

    def __init__(self, scope: Scope, body: bytes, timeouts: Timeouts) -> None:
        self._scope = scope
        self._body: bytes | None = body
        self._timeouts = timeouts
        self._left = asyncio.Event()
        self._flows = asyncio.Event()
        self._flows.set()
        self._loop = asyncio.get_running_loop()
        self._head: asyncio.Future[Response] = self._loop.create_future()
        self._response: Response | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._failed = False

    async def run(self, app: App) -> None:
        """Run the app. Whatever it raises is the end of its answer, and nobody else's."""
        try:
            await app(self._scope, self._receive, self._send)
        except Exception as error:  # noqa: BLE001 - an app may raise anything; it is an upstream that broke
            self._fail(UpstreamProtocolError(f"the app broke: {type(error).__name__}"))
        finally:
            self._fail(UpstreamProtocolError("the app ended before its answer"))
            self._rest()

    async def response(self) -> Response:
        """Wait for the head of the answer."""
        try:
            async with asyncio.timeout(self._timeouts.first_byte):
                return await self._head
        except TimeoutError:
            raise UpstreamTimeout(f"the app was silent for {self._timeouts.first_byte:g} seconds") from None

    def leave(self) -> None:
        """Tell the app that nobody reads any more."""
        self._left.set()
        self._flows.set()
        self._rest()

    # What the app calls.

    async def _receive(self) -> Event:
        body, self._body = self._body, None
        if body is not None:
            return {"type": "http.request", "body": body, "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, event: Event) -> None:
        if self._left.is_set():
            return  # as servers do: the app learns of it from `receive`
        match event["type"]:
            case "http.response.start":
                self._begin(event)
            case "http.response.body" if self._response is not None:
                self._response.put(bytes(event.get("body", b"")))
                if not event.get("more_body", False):
                    self._response.end()
                    self._rest()
                    return
                self._wait()
                await self._flows.wait()

    def _begin(self, event: Event) -> None:
        headers = tuple([(bytes(name).lower(), bytes(value)) for name, value in event.get("headers", ())])
        size = sum(len(name) + len(value) for name, value in headers)
        if self._head.done() or len(headers) > _HEADERS or size > _HEAD_BYTES:
            self._fail(UpstreamProtocolError("the app sent a head that cannot be used"))
            return
        found = next((value for name, value in headers if name == b"content-length"), b"")
        length = int(found) if fields.LENGTH.fullmatch(found) else None
        self._response = Response(ResponseHead(status=int(event["status"]), headers=headers, length=length), self)
        self._head.set_result(self._response)
        self._wait()

    # What the response calls: its reader is slow, or has caught up.

    def pause(self) -> None:
        """Let the app wait."""
        self._flows.clear()
        self._rest()

    def resume(self) -> None:
        """Let it go on."""
        self._flows.set()
        self._wait()

    def _wait(self) -> None:
        """From now on the app may be silent for so long."""
        self._rest()
        if self._flows.is_set() and not self._left.is_set():
            self._timer = self._loop.call_later(self._timeouts.idle, self._silent)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _silent(self) -> None:
        self._fail(UpstreamTimeout(f"the app was silent for {self._timeouts.idle:g} seconds"))

    def _fail(self, error: UpstreamError | UpstreamProtocolError) -> None:
        """End the answer with an error; the first one counts."""
        if self._failed:
            return
        self._failed = True
        if not self._head.done():
            self._head.set_exception(error)
            self._head.exception()  # it is nobody's duty to ask for it: the reader may have left
        elif self._response is not None and not self._response.complete:
            self._response.fail(error)


class _Call(AbstractAsyncContextManager[Response]):
    """One request and its response, as a context."""

    def __init__(self, pool: AppPool, asked: _Asked) -> None:
        self._pool = pool
        self._asked = asked

    async def __aenter__(self) -> Response:
        self._pool.begin(self._asked)
        answered = False
        try:
            response = await self._asked.response()
            answered = True
        finally:
            if not answered:
                self._asked.leave()
        return response

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._asked.leave()
