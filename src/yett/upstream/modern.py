"""One modern message over HTTP: one POST and its answer. The hot path, hence a class and not a generator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from yett.core.message import Message, Request
from yett.protocol.jsonrpc import Bounds
from yett.upstream.answer import Single, accepted, answered
from yett.upstream.ear import ModernEar
from yett.upstream.events import Events
from yett.upstream.mailbox import NOTHING
from yett.upstream.upstream import Arrival
from yett.wire.client import Response


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
            if isinstance(message, Request):
                ear = ModernEar(self._server, message)
                self._arrivals = await answered(self._server, response, ear, self._bounds, None)
            else:
                accepted(response)
            understood = True
        finally:
            if not understood:
                await self._sending.__aexit__(None, None, None)
        return self._arrivals or NOTHING

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None and isinstance(self._arrivals, Events):
                await self._arrivals.finish()
        finally:
            await self._sending.__aexit__(kind, error, trace)
