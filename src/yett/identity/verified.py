"""Tokens that were verified, under the digest of their one canonical form: the hot path, and no token in memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256 as _sha256
from typing import Final

from msgspec import Struct

from yett.core.exchange import Principal
from yett.core.verdict import Deny

REMEMBERED: Final = 16_384
"""When full, all are forgotten: each costs one verification more."""

SECONDS: Final = 30.0
"""After so long a token is verified anew, by the keys that hold then."""

_BEARER: Final = "Bearer "
"""Any other spelling of the scheme takes the long way, and ends at the same entry."""


class Verified(Struct, frozen=True, kw_only=True):
    """One verified token: whose it is, until when (wall time), and at which endpoints; `None` is all of them.

    A token that is known to be nobody's has the refusal in the principal's place.
    """

    who: Principal | Deny
    expires: float
    endpoints: frozenset[str] | None = None


class VerifiedTokens:
    """Remembers for `SECONDS` of the monotonic clock, and never beyond a token's own end."""

    def __init__(self, *, remembered: int = REMEMBERED, clock: Callable[[], float] = time.monotonic) -> None:
        self._known: dict[bytes, tuple[Principal | Deny, float, float, frozenset[str] | None]] = {}
        self._remembered = remembered
        self._clock = clock

    def find(self, value: bytes, server: str, now: float) -> Principal | Deny | None:
        """Whose token an `Authorization` value is, if that is known; `now` is wall time in seconds."""
        found = self._known.get(_sha256(value).digest())
        if found is None:
            return None
        who, expires, until, endpoints = found
        if now >= expires or self._clock() >= until:
            return None
        return who if endpoints is None or server in endpoints else None

    def find_token(self, token: str, now: float) -> tuple[Principal | Deny, frozenset[str] | None] | None:
        """Whose token this is and at which endpoints, if that is known."""
        found = self._known.get(_digest(token))
        if found is None or now >= found[1] or self._clock() >= found[2]:
            return None
        return found[0], found[3]

    def keep(self, token: str, verified: Verified, seconds: float = SECONDS) -> None:
        """Remember a token for at most `seconds`."""
        if len(self._known) >= self._remembered:
            self._known.clear()
        until = self._clock() + min(seconds, SECONDS)
        self._known[_digest(token)] = (verified.who, verified.expires, until, verified.endpoints)

    def purge(self) -> None:
        """Forget everything: keys were rotated, or something was revoked."""
        self._known.clear()


def _digest(token: str) -> bytes:
    return _sha256(f"{_BEARER}{token}".encode("ascii")).digest()
