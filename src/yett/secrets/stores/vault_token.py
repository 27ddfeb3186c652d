"""The gateway's own sign-in at Vault: by token, AppRole, Kubernetes or JWT; renewed before it ends."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec

from yett.core.ask import Answer
from yett.errors import SecretError
from yett.secrets.secret import Secret
from yett.secrets.store import json_object

_RENEW_AT: Final = 2 / 3
_RETRY_SECONDS: Final = 5.0
_CALM_SECONDS: Final = 10.0
"""At most one new sign-in in this time because of refusals: a path that is forbidden must not become a flood."""
_OK: Final = range(200, 300)
_BAD_REQUEST: Final = 400
_FORBIDDEN: Final = 403


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to sign in: a `path` and what is posted there, made anew each time; or, without a path, the `token` itself.

    All three may raise `SecretError`.
    """

    path: str = ""
    payload: Callable[[], Mapping[str, str]] = dict
    token: Callable[[], Secret] | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A token, when to renew it and when it ends (by the clock of the sign-in), and which sign-in it is from."""

    token: Secret
    renew_at: float = math.inf
    ends_at: float = math.inf
    renewable: bool = False
    number: int = 0


class Send(Protocol):
    """One request to Vault."""

    async def __call__(self, method: str, target: str, credential: Credential | None, body: bytes = b"") -> Answer:
        """Answer whatever its status."""
        ...


class Login:
    """Holds the token of one sign-in. Many readers ask at once; one of them signs in."""

    def __init__(self, send: Send, sign_in: SignIn, clock: Callable[[], float]) -> None:
        self._send = send
        self._sign_in = sign_in
        self._clock = clock
        self._credential: Credential | None = None
        self._number = 0
        self._full = math.inf
        """Seconds that the present token had when it was new."""
        self._turn = asyncio.Lock()
        self._calm_until = -math.inf
        self._retry_at = -math.inf

    async def token(self) -> Credential:
        """The present token; signs in where there is none. Raises `SecretError`."""
        async with self._turn:
            given = self._sign_in.token() if self._sign_in.token is not None else None
            current = self._credential
            # A token that somebody else renews and writes into a file (Vault's agent) may be another one by now.
            if current is None or self._clock() >= current.ends_at or (given is not None and given != current.token):
                current = self._credential = await self._fresh(given)
            return current

    async def refused(self, credential: Credential) -> bool:
        """Note that Vault refused a token. Tells whether another one is worth a try."""
        async with self._turn:
            if self._credential is not credential:
                return self._credential is not None  # somebody has signed in again meanwhile
            if self._clock() < self._calm_until:
                return False
            self._calm_until = self._clock() + _CALM_SECONDS
            if self._sign_in.token is not None:
                return False
            self._credential = None
            return True

    async def tend(self) -> None:
        """Renew the token when it is time."""
        current = self._credential
        now = self._clock()
        if current is None or now < current.renew_at or now < self._retry_at:
            return
        self._retry_at = now + _RETRY_SECONDS
        async with self._turn:
            if self._credential is current:
                self._credential = await self._renewed(current)

    async def revoke(self) -> None:
        """Give back a token that we signed in for."""
        current, self._credential = self._credential, None
        if current is not None and self._sign_in.path:
            await self._send("PUT", "/v1/auth/token/revoke-self", current)

    async def _fresh(self, given: Secret | None) -> Credential:
        if given is not None:
            return await self._looked_up(given)
        body = msgspec.json.encode(dict(self._sign_in.payload()))
        answer = await self._send("POST", f"/v1/{self._sign_in.path}", None, body)
        if answer.status not in _OK:
            raise SecretError(f"Vault refused the sign-in at `{self._sign_in.path}` with {answer.status}")
        return self._credential_of(json_object(answer.body, "Vault").get("auth"))

    async def _looked_up(self, given: Secret) -> Credential:
        """A token that was given: how long it lasts, Vault knows."""
        answer = await self._send("GET", "/v1/auth/token/lookup-self", Credential(given))
        if answer.status == _FORBIDDEN:
            raise SecretError("Vault does not accept the token of `secrets.vault.token`")
        if answer.status not in _OK:
            raise SecretError(f"Vault answered {answer.status} when asked about the gateway's token")
        data = json_object(answer.body, "Vault").get("data")
        if not isinstance(data, dict):
            raise SecretError("Vault says nothing about the gateway's token")
        self._number += 1
        return self._timed(given, data.get("ttl"), data.get("renewable"))

    async def _renewed(self, current: Credential) -> Credential:
        """A longer life for the token, or another token where that is not to be had."""
        if current.renewable:
            answer = await self._send("PUT", "/v1/auth/token/renew-self", current, b"{}")
            if answer.status in _OK:
                longer = self._credential_of(json_object(answer.body, "Vault").get("auth"), current.token)
                # Near its maximum lifetime each renewal gives less; what is leased under it would end with it.
                if self._sign_in.token is not None or longer.ends_at - self._clock() > self._full / 3:
                    return longer
            elif answer.status not in {_BAD_REQUEST, _FORBIDDEN}:
                raise SecretError(f"Vault answered {answer.status} when the gateway's token was to be renewed")
        if self._sign_in.token is None:
            return await self._fresh(None)
        return Credential(current.token, ends_at=current.ends_at, number=current.number)  # used to its end

    def _credential_of(self, auth: object, token: Secret | None = None) -> Credential:
        found: Mapping[str, Any] = auth if isinstance(auth, dict) else {}
        given = found.get("client_token")
        if token is None and not (isinstance(given, str) and given):
            raise SecretError("Vault signed the gateway in without a token")
        seconds = found.get("lease_duration")
        if token is None:
            self._number += 1
            self._full = float(seconds) if isinstance(seconds, int) and seconds > 0 else math.inf
        return self._timed(token if token is not None else Secret(str(given)), seconds, found.get("renewable"))

    def _timed(self, token: Secret, seconds: object, renewable: object) -> Credential:
        if not isinstance(seconds, int) or seconds <= 0:  # a root token has no end
            return Credential(token, number=self._number)
        now = self._clock()
        return Credential(token, now + seconds * _RENEW_AT, now + seconds, renewable is True, self._number)
