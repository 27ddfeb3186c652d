"""A bearer token for a cloud's API: fetched once for all who ask, and again before it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from yett.core.ask import Answer
from yett.errors import SecretError
from yett.secrets.store import json_object

_EARLY_SECONDS: Final = 60.0
_LONGEST_SECONDS: Final = 3600.0
_OK: Final = 200

Grant: TypeAlias = Callable[[], Awaitable[tuple[str, float]]]
"""Fetches a token and the seconds that it lasts. Raises `SecretError`."""


class Bearer:
    """The present token of one sign-in."""

    def __init__(self, grant: Grant, clock: Callable[[], float]) -> None:
        self._grant = grant
        self._clock = clock
        self._token = ""
        self._until = 0.0
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        return "Bearer(***)"

    async def token(self) -> str:
        """A token that lasts for a while yet. Raises `SecretError`."""
        async with self._turn:
            if not self._token or self._clock() >= self._until:
                self._token, seconds = await self._grant()
                self._until = self._clock() + max(1.0, min(seconds, _LONGEST_SECONDS) - _EARLY_SECONDS)
            return self._token

    def forget(self) -> None:
        """Fetch another one the next time: this one was refused."""
        self._token = ""


def granted(answer: Answer, who: str) -> tuple[str, float]:
    """The token in an OAuth 2.0 token response (RFC 6749, 5.1). Raises `SecretError`, which repeats nothing of it."""
    if answer.status != _OK:
        raise SecretError(f"{who} refused the gateway's sign-in with {answer.status}")
    found = json_object(answer.body, who)
    token, seconds = found.get("access_token"), found.get("expires_in", 0)
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise SecretError(f"{who} signed the gateway in without a token")
    try:
        return token, float(seconds)  # Azure's instance metadata writes the number as text
    except (TypeError, ValueError):
        return token, 0.0
