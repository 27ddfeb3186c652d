"""The gateway as itself: client credentials (RFC 6749, 4.4), the same token for every caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from yett.errors import UpstreamUnavailable
from yett.upstream.caller import Caller
from yett.upstream.oauth.challenge import Challenge
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.endpoint import Endpoint
from yett.upstream.oauth.flights import Flights
from yett.upstream.oauth.token import Token

_OURS: Final = "gateway"
_UNAUTHORIZED: Final = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a token is for: the server (RFC 8707), and with which scopes. `audience` where an issuer wants that too."""

    resource: str
    scopes: tuple[str, ...] = ()
    audience: str = ""

    def form(self) -> dict[str, str]:
        """The members of a token request."""
        form = {"resource": self.resource}
        if self.scopes:
            form["scope"] = " ".join(self.scopes)
        if self.audience:
            form["audience"] = self.audience
        return form


class Service:
    """Client credentials of one client at one issuer, for one server."""

    def __init__(self, endpoint: Endpoint, client: Client, wanted: Wanted, *, clock: Callable[[], float]) -> None:
        self._endpoint = endpoint
        self._client = client
        self._wanted = wanted
        self._flights = Flights(clock)

    async def bearer(self, caller: Caller | None) -> str:  # noqa: ARG002 - the same for everybody
        """The gateway's token."""
        return (await self._flights.token(_OURS, self._fetch)).access.reveal()

    async def refused(self, caller: Caller | None, bearer: str, challenge: Challenge, status: int) -> bool:  # noqa: ARG002 - a `Credential`'s
        """Fetch another one, once: it may have been revoked. More scopes than it has are not to be had."""
        if status != _UNAUTHORIZED:
            missing = ", ".join(sorted(challenge.scopes)) or "more"
            raise UpstreamUnavailable(f"the server wants scopes that the gateway's token does not have: {missing}")
        self._flights.refused(_OURS, bearer)
        return True

    async def close(self) -> None:
        """End what is under way."""
        await self._flights.close()
        await self._endpoint.close()

    async def _fetch(self, before: Token | None) -> Token:  # noqa: ARG002 - "A refresh token SHOULD NOT be included" (4.4.3)
        return await self._endpoint.grant(self._client, {"grant_type": "client_credentials", **self._wanted.form()})
