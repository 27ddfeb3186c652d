"""Tokens by whom they are for: fetched once for many who wait, kept until shortly before their end."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Final

from yett.errors import UpstreamError, UpstreamUnavailable
from yett.upstream.oauth.token import Token

_KEPT: Final = 10_000
_UNDER_WAY: Final = 256
_CALM_SECONDS: Final = 1.0
"""After a failure, how long those who ask get the same answer: a server that is down is not asked by every call."""
_SECONDS: Final = 15.0
"""How long one waits. The fetch goes on: it has bounds of its own, and may bring what is given out only once."""

Fetch = Callable[[Token | None], Awaitable[Token]]
"""Fetches a token; gets the one before, which may hold what renews it."""


class Flights:
    """One fetch at a time for each key. The fetches are this object's own: who stops waiting ends none."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tokens: OrderedDict[Hashable, Token] = OrderedDict()
        self._running: dict[Hashable, asyncio.Task[Token]] = {}
        self._failed: dict[Hashable, tuple[float, str]] = {}

    def known(self, key: Hashable) -> Token | None:
        """A token that need not be renewed yet."""
        token = self._tokens.get(key)
        return token if token is not None and self._clock() < token.renew_at else None

    async def token(self, key: Hashable, fetch: Fetch) -> Token:
        """The token, fetched if need be. Raises `UpstreamError`."""
        token = self.known(key)
        if token is not None:
            return token
        failed = self._failed.get(key)
        if failed is not None and self._clock() < failed[0]:
            raise UpstreamUnavailable(failed[1])
        task = self._running.get(key)
        if task is None:
            if len(self._running) >= _UNDER_WAY:
                raise UpstreamUnavailable("too many tokens are being fetched at once")
            task = self._running[key] = asyncio.get_running_loop().create_task(self._fetched(key, fetch))
            task.add_done_callback(lambda done: self._landed(key, done))
        try:
            async with asyncio.timeout(_SECONDS):
                return await asyncio.shield(task)
        except TimeoutError:
            raise UpstreamUnavailable(f"no token within {_SECONDS:g} s") from None

    def put(self, key: Hashable, token: Token) -> None:
        """Keep a token that was got in another way."""
        self._failed.pop(key, None)
        self._tokens[key] = token
        self._tokens.move_to_end(key)
        if len(self._tokens) > _KEPT:
            self._tokens.popitem(last=False)

    def refused(self, key: Hashable, access: str) -> bool:
        """Forget a token that its server refused. False where another one has come meanwhile."""
        token = self._tokens.get(key)
        if token is None or token.access.reveal() != access:
            return False
        # What renews it stays: a server may refuse what its issuer would renew.
        self._tokens[key] = Token(
            access=token.access, until=0.0, renew_at=0.0, refresh=token.refresh, scopes=token.scopes
        )
        return True

    def forget(self, key: Hashable) -> None:
        """Forget a token, and what renews it."""
        self._tokens.pop(key, None)

    async def close(self, landing: float = 0.0) -> None:
        """End the fetches under way after so many seconds; who waits for one is told that it was cancelled."""
        running = list(self._running.values())
        if running and landing:
            await asyncio.wait(running, timeout=landing)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _fetched(self, key: Hashable, fetch: Fetch) -> Token:
        token = await fetch(self._tokens.get(key))
        self.put(key, token)
        return token

    def _landed(self, key: Hashable, task: asyncio.Task[Token]) -> None:
        self._running.pop(key, None)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, UpstreamError):
            if len(self._failed) >= _KEPT:
                self._failed.clear()
            self._failed[key] = (self._clock() + _CALM_SECONDS, str(error))
