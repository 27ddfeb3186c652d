"""One server's tokens, each of a user who has signed in there himself; renewed once for many calls, kept sealed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from yett.core.ask import Asker
from yett.errors import StoreError, UpstreamSignIn, UpstreamUnavailable
from yett.upstream.caller import Caller
from yett.upstream.oauth.challenge import NOTHING, Challenge
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.discovery import Found, discover
from yett.upstream.oauth.endpoint import Endpoint
from yett.upstream.oauth.flights import Flights
from yett.upstream.oauth.kept import Connections, Kept, Owner
from yett.upstream.oauth.registration import client_at
from yett.upstream.oauth.renewal import Renewals
from yett.upstream.oauth.sign_in import Refused, SignIns
from yett.upstream.oauth.token import Token

_UNAUTHORIZED: Final = 401
_WANTED: Final = 10_000
_LOOK_SECONDS: Final = 2.0
"""How long a token is used before it is looked whether it still is the kept one: users may leave at another process."""
_LANDING_SECONDS: Final = 10.0
_SCOPES: Final = 100


class Pages(Struct, frozen=True, kw_only=True):
    """The gateway's own URLs: where users sign in, where issuers send them back to, and what says who the gateway is.

    `document` is empty where issuers could not read it.
    """

    sign_in: str
    redirect: str
    document: str = ""


class Personal:
    """The tokens of one server at `url`. `own` is the gateway's registration at `issuer`, where it was made by hand."""

    def __init__(
        self,
        endpoint: Endpoint,
        url: str,
        connections: Connections,
        pages: Pages,
        *,
        issuer: str = "",
        own: Client | None = None,
        scopes: frozenset[str] = frozenset(),
        clock: Callable[[], float],
    ) -> None:
        self.pages = pages
        self.sign_ins = SignIns(pages.redirect, clock)
        self._endpoint = endpoint
        self._url = url
        self._connections = connections
        self._issuer = issuer
        self._own = own
        self._scopes = scopes
        self._clock = clock
        self._renewals = Renewals(endpoint.asker, connections, own, clock)
        self._flights = Flights(clock)
        self._looked: dict[Owner, float] = {}
        self._said = NOTHING
        self._demanded = False
        self._wanted: dict[Owner, frozenset[str]] = {}
        self._turn = asyncio.Lock()

    @property
    def asker(self) -> Asker:
        """What asks at the addresses that are allowed."""
        return self._endpoint.asker

    # What the upstream calls.

    async def bearer(self, caller: Caller | None) -> str:
        """The caller's token; for the gateway's own questions, that of who signed in last; empty where there is none.

        An empty one is sent only until the server has said that it demands a token: that says where to sign in.
        """
        owner = await self._owner(caller)
        if owner is not None and await self._known(owner):
            return (await self._flights.token(owner, lambda before: self._renewed(owner, before))).access.reveal()
        if self._demanded:
            raise self._sign_in(caller)
        return ""

    async def refused(self, caller: Caller | None, bearer: str, challenge: Challenge, status: int) -> bool:
        """Renew a token that was refused, once; whoever has none, or needs more scopes, has to sign in."""
        self._demanded = True
        if challenge != NOTHING:
            self._said = challenge
        owner = await self._owner(caller)
        if owner is None or not bearer:
            raise self._sign_in(caller)
        kept = await self._connections_get(owner)
        if status != _UNAUTHORIZED:
            self._want(owner, challenge.scopes | (kept.token.scopes if kept is not None else frozenset()))
            raise self._sign_in(caller)
        if not self._flights.refused(owner, bearer):
            return True
        if kept is None or (kept.token.refresh is None and kept.token.access.reveal() == bearer):
            await self._forget(owner)
            raise self._sign_in(caller)
        return True

    async def close(self) -> None:
        """End what is under way; what is being renewed lands, for the old tokens may be good no longer."""
        await self._flights.close(_LANDING_SECONDS)
        await self._renewals.close()
        await self._endpoint.close()

    # What the page calls.

    async def begin(self, owner: Owner, browser: str) -> tuple[str, str]:
        """Where the user signs in, and the issuer's name. Raises `UpstreamUnavailable` or `StoreError`."""
        async with self._turn:  # registered once, however many begin
            found = await discover(self.asker, self._url, self._said, issuer=self._issuer)
            client = await self._client(found)
        scopes = self._wanted.get(owner) or self._scopes or found.scopes
        return self.sign_ins.begin(owner, browser, found, client, scopes), found.issuer.issuer

    async def finish(self, state: str, browser: str, code: str, issuer: str | None) -> Owner | Refused:
        """Turn a code into tokens, and keep them. Raises `UpstreamUnavailable` or `StoreError`."""
        pending = self.sign_ins.finish(state, browser, issuer)
        if isinstance(pending, Refused):
            return pending
        name, resource = pending.found.issuer.issuer, pending.found.resource
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.sign_ins.redirect,
            "code_verifier": pending.verifier,
            "resource": resource,
        }
        if pending.scopes:
            form["scope"] = " ".join(sorted(pending.scopes))
        owner = pending.owner
        await self._renewals.settle(owner)
        async with await self._connections.turn(owner):  # a renewal under way elsewhere would write over it
            await self._connections.make_room()
            token = await Endpoint(self.asker, name, clock=self._clock).grant(pending.client, form)
            kept = Kept(issuer=name, resource=resource, client=pending.client, token=token)
            await self._connections.put(owner, kept)
        await self._connections.set_latest(owner)
        self._wanted.pop(owner, None)
        self._flights.forget(owner)
        self._flights.put(owner, token)
        return owner

    async def disconnect(self, owner: Owner) -> None:
        """Forget a user's tokens."""
        await self._forget(owner)

    async def has(self, owner: Owner) -> bool:
        """Whether a user has signed in."""
        return await self._known(owner)

    # Within.

    def _sign_in(self, caller: Caller | None) -> UpstreamSignIn:
        who = "nobody has" if caller is None else "the caller has not"
        return UpstreamSignIn(
            f"{who} signed in at the server, or not with all scopes that it wants", page=self.pages.sign_in
        )

    async def _owner(self, caller: Caller | None) -> Owner | None:
        if caller is not None:
            return caller.key
        try:
            return await self._connections.latest()
        except StoreError as error:
            raise UpstreamUnavailable(str(error)) from None

    async def _known(self, owner: Owner) -> bool:
        token, now = self._flights.known(owner), self._clock()
        if token is not None and now < self._looked.get(owner, 0.0) + _LOOK_SECONDS:
            return True
        kept = await self._connections_get(owner)
        if token is not None and (kept is None or kept.token.access.reveal() != token.access.reveal()):
            self._flights.forget(owner)  # another process forgot it, or put another one in its place
        if len(self._looked) >= _WANTED:
            self._looked.clear()
        self._looked[owner] = now
        return kept is not None

    async def _connections_get(self, owner: Owner) -> Kept | None:
        try:
            return await self._connections.get(owner)
        except StoreError as error:
            raise UpstreamUnavailable(str(error)) from None

    async def _renewed(self, owner: Owner, before: Token | None) -> Token:
        token = await self._renewals.token(owner, before)
        if token is None:
            self._flights.forget(owner)
            raise UpstreamSignIn(
                "the caller has not signed in at the server, or the sign-in has ended", page=self.pages.sign_in
            )
        return token

    async def _client(self, found: Found) -> Client:
        name, redirect = found.issuer.issuer, self.sign_ins.redirect
        # A registration made by hand is one at the issuer that the config names, and at no other.
        own = self._own if not self._issuer or name == self._issuer else None
        known = own or await self._connections.client(name, redirect)
        client = await client_at(self.asker, found.issuer, redirect=redirect, own=known, page=self.pages.document)
        if known is None and client.method:
            await self._connections.put_client(name, redirect, client)
        return client

    def _want(self, owner: Owner, scopes: frozenset[str]) -> None:
        if len(self._wanted) >= _WANTED:
            self._wanted.clear()
        self._wanted[owner] = frozenset(sorted(scopes)[:_SCOPES])

    async def _forget(self, owner: Owner) -> None:
        self._renewals.drop(owner)
        try:
            async with await self._connections.turn(owner):  # a renewal under way would bring it back
                await self._connections.delete(owner)
                self._flights.forget(owner)
            if await self._connections.latest() == owner:
                await self._connections.set_latest(("", ""))
        except StoreError as error:
            raise UpstreamUnavailable(str(error)) from None
