"""What came for one call from a shared pipe, until its reader takes it: bounded, so that none can stall the others."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from yett.errors import UpstreamError, UpstreamProtocolError, UpstreamTimeout, UpstreamUnavailable
from yett.upstream.upstream import Arrival

MESSAGES: Final = 4_096
BYTES: Final = 16 * 1024 * 1024
"""What one reader may leave lying. One message may always lie there, however large: it has a limit of its own."""


class Mailbox:
    """An asynchronous iterator of arrivals with one reader.

    `seconds` is how long the server may be silent; `first` how long before its first word, if that is different.
    """

    def __init__(self, seconds: float, *, first: float = 0.0) -> None:
        self._later = seconds
        self._seconds = first or seconds
        self._waiting: deque[tuple[Arrival, int]] = deque()
        self._bytes = 0
        self._over = False
        self._error: UpstreamError | UpstreamProtocolError | None = None
        self._news = asyncio.Event()

    def put(self, arrival: Arrival, size: int) -> None:
        """Add what came. A mailbox that overflows fails: its reader is told, the others are not disturbed."""
        if self._over:
            return
        if self._waiting and (len(self._waiting) >= MESSAGES or self._bytes + size > BYTES):
            self._waiting.clear()
            self.fail(UpstreamUnavailable("more came from the server than the client takes"))
            return
        self._seconds = self._later
        self._waiting.append((arrival, size))
        self._bytes += size
        self._news.set()

    def end(self) -> None:
        """Nothing more will come. What lies here can still be taken."""
        self._over = True
        self._news.set()

    def fail(self, error: UpstreamError | UpstreamProtocolError) -> None:
        """Raise `error` once everything that came before was taken."""
        if not self._over:
            self._error = error
            self.end()

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self._over

    async def ready(self) -> None:
        """Wait until there is something to take, or nothing more to wait for. Raises what the first `anext` would."""
        while not self._waiting and not self._over:
            self._news.clear()
            try:
                async with asyncio.timeout(self._seconds):
                    await self._news.wait()
            except TimeoutError:
                raise UpstreamTimeout(f"the server was silent for {self._seconds:g} seconds") from None
        if not self._waiting and self._error is not None:
            raise self._error

    def __aiter__(self) -> Mailbox:
        return self

    async def __anext__(self) -> Arrival:
        await self.ready()
        if not self._waiting:
            raise StopAsyncIteration
        arrival, size = self._waiting.popleft()
        self._bytes -= size
        return arrival


NOTHING: Final = Mailbox(0.0)
"""What comes for a message that expects no reply."""
NOTHING.end()
