"""The places of a pool: so many connections and no more, a bounded queue for them, and none that is not clean."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from yett.errors import UpstreamTimeout, UpstreamUnavailable
from yett.wire.deadlines import NEVER, Watch
from yett.wire.origin import Origin, Timeouts
from yett.wire.outbound import Outbound

_IDLE_SECONDS: Final = 4.0
"""How long an unused connection is kept: common servers end theirs after 5 s; what crosses that is lost."""

_FAREWELL_TURNS: Final = 100

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host and a port to the addresses that may be dialled, one at least; raises `UpstreamUnavailable`."""


class Places:
    """Hands out connections: an idle one, a new one, or one that another call has just finished with.

    A place is taken from the moment a connection is begun until it is lost.
    """

    def __init__(
        self,
        origin: Origin,
        tls: ssl.SSLContext | None,
        *,
        shortest: float,
        max_connections: int,
        max_idle: int,
        max_waiting: int,
        resolve: Resolve | None = None,
    ) -> None:
        self.open = 0
        self._origin = origin
        self._tls = tls
        self._resolve = resolve
        self._max_connections = max_connections
        self._max_idle = max_idle
        self._max_waiting = max_waiting
        self._idle: list[Outbound] = []
        self._waiting: deque[asyncio.Future[Outbound | None]] = deque()
        self._watch = Watch(lambda: min(shortest, _IDLE_SECONDS))
        self._closed = False

    def idle(self) -> Outbound | None:
        """A clean connection that is not in use, if there is one; the most recently used first."""
        while self._idle:
            connection = self._idle.pop()
            fresh = connection.deadline > connection.clock()
            connection.deadline = NEVER
            if fresh and connection.reusable:
                return connection
            connection.abort()
        return None

    async def take(self, timeouts: Timeouts) -> Outbound:
        """A connection. Raises `UpstreamUnavailable` or `UpstreamTimeout`."""
        while True:
            if self._closed:
                raise self._gone()
            if (unused := self.idle()) is not None:
                return unused
            if self.open < self._max_connections:
                self.open += 1
                return await self._connected(timeouts)
            passed_on = await self._turn(timeouts)
            if passed_on is None:
                return await self._connected(timeouts)
            if passed_on.reusable:
                return passed_on
            # Lost on the way to us, and its place with it: queue again.

    def release(self, connection: Outbound) -> None:
        """Take a connection back after a call."""
        keeps = _IDLE_SECONDS
        if connection.keeps is not None and connection.keeps <= keeps:
            keeps = connection.keeps - 1
        if not connection.reusable or self._closed or keeps <= 0:
            connection.abort()
        elif self._waiting and (waiter := self._next_waiter()) is not None:
            waiter.set_result(connection)
        elif len(self._idle) < self._max_idle:
            connection.deadline = connection.clock() + keeps
            self._idle.append(connection)
        else:
            connection.abort()

    async def close(self) -> None:
        """End every connection; whoever uses or waits for one is told."""
        self._closed = True
        while (waiter := self._next_waiter()) is not None:
            waiter.set_exception(self._gone())
        for member in list(self._watch.members):
            if isinstance(member, Outbound):
                member.fail(self._gone())
        for _ in range(_FAREWELL_TURNS):
            if not self._watch.members:
                break
            await asyncio.sleep(0)

    async def _turn(self, timeouts: Timeouts) -> Outbound | None:
        """Wait for a connection that is passed on, or (`None`) for the right to make one."""
        if len(self._waiting) >= self._max_waiting:
            raise UpstreamUnavailable(f"too many calls wait for `{self._origin}`")
        waiter: asyncio.Future[Outbound | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        taken = False
        try:
            async with asyncio.timeout(timeouts.connect):
                passed_on = await waiter
            taken = True
        except TimeoutError:
            raise UpstreamTimeout(f"no connection to `{self._origin}` became free in time") from None
        finally:
            if not taken:
                self._give_up(waiter)
        return passed_on

    def _give_up(self, waiter: asyncio.Future[Outbound | None]) -> None:
        """Withdraw from the queue; what was passed on in the same moment goes to the next in line."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        elif waiter.done() and not waiter.cancelled() and waiter.exception() is None:
            passed_on = waiter.result()
            if passed_on is None:
                self._free()
            else:
                self.release(passed_on)

    def _next_waiter(self) -> asyncio.Future[Outbound | None] | None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                return waiter
        return None

    def _free(self) -> None:
        """Pass a place on to the next in line, or keep it."""
        if (waiter := self._next_waiter()) is not None:
            waiter.set_result(None)
        else:
            self.open -= 1

    async def _connected(self, timeouts: Timeouts) -> Outbound:
        """A new connection in a place that is taken already; the place is given back when there is none."""
        made: Outbound | None = None
        try:
            async with asyncio.timeout(timeouts.connect):
                made = await self._connect(timeouts)
        except TimeoutError:
            raise UpstreamTimeout(f"cannot connect to `{self._origin}` in time") from None
        except (OSError, UnicodeError) as error:
            raise UpstreamUnavailable(f"cannot connect to `{self._origin}`: {_words(error)}") from error
        finally:
            if made is None:
                self._free()
        self._watch.add(made)
        if made.lost:
            self._lost(made)
            raise UpstreamUnavailable(f"`{self._origin}` ended the connection at once")
        return made

    async def _connect(self, timeouts: Timeouts) -> Outbound:
        """Dial. Where addresses were checked, those and no others: the name is not looked up a second time."""
        if self._resolve is None:
            return await self._dial(self._origin.host, timeouts)
        *before, last = await self._resolve(self._origin.host, self._origin.port)
        for address in before:
            try:
                return await self._dial(address, timeouts)
            except OSError:
                continue
        return await self._dial(last, timeouts)

    async def _dial(self, host: str, timeouts: Timeouts) -> Outbound:
        origin, tls = self._origin, self._tls
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Outbound(str(origin), self._lost),
            host,
            origin.port,
            ssl=tls,
            server_hostname=origin.host if tls is not None else None,
            ssl_handshake_timeout=timeouts.connect if tls is not None else None,
        )
        return connection

    def _lost(self, connection: Outbound) -> None:
        if connection in self._idle:
            self._idle.remove(connection)
        if connection in self._watch.members:
            self._watch.discard(connection)
            self._free()

    def _gone(self) -> UpstreamUnavailable:
        return UpstreamUnavailable(f"the connections to `{self._origin}` were closed")


def _words(error: OSError | UnicodeError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {(error.reason or 'handshake failed').lower().replace('_', ' ')}"
    if isinstance(error, UnicodeError):
        return "not a host name"
    # The event loop puts words of its own where the system's would be; name resolution has negative numbers.
    number = error.errno or 0
    return (os.strerror(number) if number > 0 else str(error.strerror or error)).lower()
