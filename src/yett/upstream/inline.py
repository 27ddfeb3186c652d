"""A server in this very process: an ASGI app, asked in the words of Streamable HTTP, and without a socket."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from yett.core.message import Message
from yett.core.pipeline import Cleared
from yett.state.sessions import Session
from yett.upstream.app_pool import CALLER, App, AppPool
from yett.upstream.http import HttpUpstream
from yett.upstream.limits import HttpLimits
from yett.upstream.patience import Patience
from yett.upstream.upstream import Arrival, Call, Offer
from yett.wire.client import Origin, Timeouts


class _InThisProcess(HttpUpstream):
    """Streamable HTTP over what `make` makes in the place of connections."""

    def __init__(
        self,
        make: Callable[..., AppPool],
        name: str,
        url: str,
        timeouts: Timeouts | None,
        patience: Patience | None,
        limits: HttpLimits | None,
    ) -> None:
        self._make = make
        super().__init__(name, url, timeouts=timeouts, patience=patience, limits=limits)

    def _pool(
        self,
        origin: Origin,  # noqa: ARG002 - the base class's signature, here and below
        tls: ssl.SSLContext | None,  # noqa: ARG002
        timeouts: Timeouts,
        most: int,
        idle: int = 0,  # noqa: ARG002
    ) -> AppPool:
        """What carries the requests: the app itself."""
        return self._make(timeouts=timeouts, max_connections=most)


class InlineUpstream:
    """An app whose MCP endpoint is at `path`. What it gets is encoded from the cleared message, headers included.

    `host` is the `Host` it is shown, `state` what its lifespan left for its requests. Who is calling stands in the
    scope (`app_pool.PRINCIPAL`); the caller's credential does not.
    """

    def __init__(
        self,
        name: str,
        app: App,
        *,
        path: str,
        host: str,
        state: Callable[[], Mapping[str, Any]] = dict,
        timeouts: Timeouts | None = None,
        patience: Patience | None = None,
        limits: HttpLimits | None = None,
    ) -> None:
        self.name = name
        make = partial(AppPool, app, host=host, state=state)
        self._http = _InThisProcess(make, name, f"http://inline{path}", timeouts, patience, limits)

    async def probe(self) -> Offer:
        """Ask in one era after the other."""
        return await self._http.probe()

    def open(self, cleared: Cleared[Message], call: Call) -> AbstractAsyncContextManager[AsyncIterator[Arrival]]:
        """Send a cleared message as one request."""
        # Each exchange has a task of its own, whose context this is; what it starts inherits it.
        CALLER.set(None if call.caller is None else call.caller.principal)
        return self._http.open(cleared, call)

    def listen(self, session: Session, last_event_id: str) -> AbstractAsyncContextManager[AsyncIterator[Arrival]]:
        """Open the session's GET stream, or resume one."""
        CALLER.set(None)
        return self._http.listen(session, last_event_id)

    async def end(self, session: Session) -> None:
        """Send DELETE for a session that the server gave an id."""
        CALLER.set(None)
        await self._http.end(session)

    async def close(self) -> None:
        """End every request; what is under way fails."""
        await self._http.close()
