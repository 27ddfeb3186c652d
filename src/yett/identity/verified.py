"""Tokens that were verified, under the digest of their one canonical form: the hot path, and no token in memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256 as _sha256
from typing import Final

from msgspec import Struct

from yett.core.exchange import Principal
from yett.core.verdict import Deny
from yett.identity.binding import Binding, check_binding
from yett.identity.credentials import Credentials

REMEMBERED: Final = 16_384
"""When full, all are forgotten: each costs one verification more."""

SECONDS: Final = 30.0
"""After so long a token is verified anew, by the keys that hold then."""

_BEARER: Final = "Bearer "
"""Any other spelling of the scheme takes the long way, and ends at the same entry."""


class Verified(Struct, frozen=True, kw_only=True):
    """One verified token: whose it is, until when (wall time), and at which endpoints; `None` is all of them.

    A token that is known to be nobody's has the refusal in the principal's place. That a token was verified says
    nothing about who shows it: its `binding` is checked on every use.
    """

    who: Principal | Deny
    expires: float
    endpoints: frozenset[str] | None = None
    binding: Binding = ()


class VerifiedTokens:
    """Remembers for `SECONDS` of the monotonic clock, and never beyond a token's own end."""

    def __init__(self, *, remembered: int = REMEMBERED, clock: Callable[[], float] = time.monotonic) -> None:
        self._known: dict[bytes, tuple[Principal | Deny, float, float, frozenset[str] | None, Binding]] = {}
        self._remembered = remembered
        self._clock = clock

    def find(self, value: bytes, credentials: Credentials, now: float) -> Principal | Deny | None:
        """Whose token an `Authorization` value is, if that is known; `now` is wall time in seconds."""
        found = self._known.get(_sha256(value).digest())
        if found is None:
            return None
        who, expires, until, endpoints, binding = found
        if now >= expires or self._clock() >= until:
            return None
        if endpoints is not None and credentials.server not in endpoints:
            return None
        return (check_binding(binding, credentials) or who) if binding or credentials.key else who

    def find_token(self, token: str, now: float) -> Verified | None:
        """Whose token this is, at which endpoints and bound to what, if that is known."""
        found = self._known.get(_digest(token))
        if found is None or now >= found[1] or self._clock() >= found[2]:
            return None
        return Verified(who=found[0], expires=found[1], endpoints=found[3], binding=found[4])

    def keep(self, token: str, verified: Verified, seconds: float = SECONDS) -> None:
        """Remember a token for at most `seconds`."""
        if len(self._known) >= self._remembered:
            self._known.clear()
        until = self._clock() + min(seconds, SECONDS)
        self._known[_digest(token)] = (
            verified.who,
            verified.expires,
            until,
            verified.endpoints,
            verified.binding,
        )

    def purge(self) -> None:
        """Forget everything: keys were rotated, or something was revoked."""
        self._known.clear()


def _digest(token: str) -> bytes:
    return _sha256(f"{_BEARER}{token}".encode("ascii")).digest()
