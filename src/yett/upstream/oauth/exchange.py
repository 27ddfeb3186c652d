"""The caller's token exchanged for one that the server accepts: RFC 8693 at one issuer, or an ID-JAG for two of them.

The caller's own token goes to the configured issuer, and nowhere else. The server sees the exchanged one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from yett.errors import UpstreamUnavailable
from yett.upstream.caller import Caller
from yett.upstream.oauth.challenge import Challenge
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.endpoint import Endpoint
from yett.upstream.oauth.flights import Flights
from yett.upstream.oauth.service import Service, Wanted
from yett.upstream.oauth.token import Token

EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a name
ID_JAG: Final = "urn:ietf:params:oauth:token-type:id-jag"
_UNAUTHORIZED: Final = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where tokens are exchanged, and as whom."""

    endpoint: Endpoint
    client: Client


class Exchange:
    """One server's tokens on behalf of its callers. The gateway's own questions are asked with `service`'s token.

    `desk` knows the callers' tokens. With `identity`, which then is what knows them, it is the second of two: an
    identity assertion is fetched there, and turned into a token at `desk` (enterprise-managed authorization).
    """

    def __init__(
        self,
        desk: Desk,
        wanted: Wanted,
        service: Service,
        *,
        subject_type: str = ACCESS_TOKEN,
        identity: Desk | None = None,
        issuers: frozenset[str] = frozenset(),
        clock: Callable[[], float],
    ) -> None:
        self._desk = desk
        self._wanted = wanted
        self._service = service
        self._subject_type = subject_type
        self._identity = identity
        self._issuers = issuers
        self._flights = Flights(clock)

    async def bearer(self, caller: Caller | None) -> str:
        """The token for a caller."""
        if caller is None:
            return await self._service.bearer(None)
        given = self._given(caller)

        async def fetch(before: Token | None) -> Token:  # noqa: ARG001 - each comes from the caller's own
            return await self._exchanged(given)

        return (await self._flights.token(_key(caller, given), fetch)).access.reveal()

    async def refused(self, caller: Caller | None, bearer: str, challenge: Challenge, status: int) -> bool:
        """Exchange anew, once."""
        if caller is None:
            return await self._service.refused(None, bearer, challenge, status)
        if status != _UNAUTHORIZED:
            raise UpstreamUnavailable("the server wants scopes that the exchanged token does not have")
        self._flights.refused(_key(caller, self._given(caller)), bearer)
        return True

    async def close(self) -> None:
        """End what is under way."""
        await self._flights.close()
        await self._service.close()
        if self._identity is not None:
            await self._identity.endpoint.close()

    def _given(self, caller: Caller) -> str:
        # Another issuer's token, or one of our own making, would be shown to somebody who never gave it.
        if caller.principal.issuer not in self._issuers:
            raise UpstreamUnavailable("the caller did not sign in at the issuer that exchanges tokens")
        return caller.token()

    async def _exchanged(self, given: str) -> Token:
        form = {"grant_type": EXCHANGE, "subject_token": given, "subject_token_type": self._subject_type}
        if self._identity is None:
            form |= {"requested_token_type": ACCESS_TOKEN, **self._wanted.form()}
            return await self._desk.endpoint.grant(self._desk.client, form)
        form |= {"requested_token_type": ID_JAG, "audience": self._desk.endpoint.issuer, **self._wanted.form()}
        assertion = await self._identity.endpoint.grant(self._identity.client, form)
        if assertion.issued_type != ID_JAG:
            raise UpstreamUnavailable(
                f"`{self._identity.endpoint.issuer}` gave something else than an identity assertion"
            )
        scope = {"scope": " ".join(self._wanted.scopes)} if self._wanted.scopes else {}
        grant = {"grant_type": BEARER, "assertion": assertion.access.reveal(), **scope}
        return await self._desk.endpoint.grant(self._desk.client, grant)


def _key(caller: Caller, given: str) -> tuple[str, str, bytes]:
    """Per caller and per token of his: what one was exchanged for must not outlive it for another."""
    return (*caller.key, hashlib.sha256(given.encode()).digest())
