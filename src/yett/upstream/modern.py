"""One modern message over HTTP: one POST and its answer. The hot path, hence classes and not generators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Final

from yett.core.exchange import Era
from yett.core.message import Message, Request
from yett.protocol.headers import Story, derive
from yett.protocol.jsonrpc import Bounds
from yett.upstream.answer import Single, accepted, answered, whole
from yett.upstream.ear import ModernEar
from yett.upstream.events import Events
from yett.upstream.mailbox import NOTHING
from yett.upstream.upstream import Arrival, Call
from yett.wire.client import Held, Lines, Outbound, Pool, Response, checked
from yett.wire.http import Header

_CALL: Final = "tools/call"
_REMEMBERED: Final = 4_096
"""Tools whose headers are remembered. When full, it starts anew."""


class Headings:
    """The headers of modern messages, with `always` in front; those of a tool's calls are made once: they cost 4 us."""

    def __init__(self, always: tuple[Header, ...]) -> None:
        self._always = always
        self._known: dict[tuple[str, str], Lines] = {}

    def of(self, message: Message, call: Call) -> Lines:
        """Return them as they are sent."""
        tool = call.tool
        if tool is None or tool.mirrored or type(message) is not Request or message.method != _CALL:
            return self._made(message, call)
        name = message.params.get("name") if message.params else None
        if type(name) is not str:
            return self._made(message, call)
        # What a call's headers follow from, where the tool mirrors no arguments: see `protocol.headers.derive`.
        key = (call.version, name)
        lines = self._known.get(key)
        if lines is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            lines = self._known[key] = self._made(message, call)
        return lines

    def _made(self, message: Message, call: Call) -> Lines:
        return checked((*self._always, *derive(message, Story(era=Era.MODERN, version=call.version), call.tool)))


class ModernPost(AbstractAsyncContextManager[AsyncIterator[Arrival]]):
    """Sends when it is entered. What `send` returns holds the connection until the context is left."""

    __slots__ = ("_arrivals", "_bounds", "_message", "_send", "_sending", "_server")

    def __init__(
        self,
        server: str,
        message: Message,
        send: Callable[[], AbstractAsyncContextManager[Response]],
        bounds: Bounds,
    ) -> None:
        self._server = server
        self._message = message
        self._send = send
        self._bounds = bounds
        self._arrivals: Single | Events | None = None

    async def __aenter__(self) -> AsyncIterator[Arrival]:
        self._sending = self._send()
        response = await self._sending.__aenter__()
        message = self._message
        understood = False
        try:
            if type(message) is Request:
                ear = ModernEar(self._server, message)
                self._arrivals = await answered(self._server, response, ear, self._bounds, None)
            else:
                accepted(response)
            understood = True
        finally:
            if not understood:
                await self._sending.__aexit__(None, None, None)
        return NOTHING if self._arrivals is None else self._arrivals

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None and isinstance(self._arrivals, Events):
                await self._arrivals.finish()
        finally:
            await self._sending.__aexit__(kind, error, trace)


class ModernAsked:
    """A request that was sent at once: its answer is here whole, or it is read like any other."""

    __slots__ = ("_bounds", "_connection", "_message", "_pool", "_server")

    def __init__(self, server: str, message: Request, bounds: Bounds, pool: Pool, connection: Outbound) -> None:
        self._server = server
        self._message = message
        self._bounds = bounds
        self._pool = pool
        self._connection = connection

    def arrival(self, response: Response) -> Arrival | None:
        """Return the reply, if it is the whole answer. Raises `UpstreamProtocolError`."""
        return whole(response, self._server, self._message, self._bounds)

    def stream(self, response: Response) -> ModernPost:
        """Go on with an answer of any other kind. Its context gives the connection back."""
        return ModernPost(
            self._server, self._message, lambda: Held(self._pool, self._connection, response), self._bounds
        )

    def release(self) -> None:
        """Give the connection back: the answer was read."""
        self._pool.release(self._connection)

    def abort(self) -> None:
        """Leave: over HTTP, that is what cancels."""
        self._connection.abort()
