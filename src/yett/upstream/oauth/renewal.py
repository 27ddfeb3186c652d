"""Sign-ins renewed: each by one process at a time, and never twice with what is good once.

Issuers that replace refresh tokens take a second use of one for theft, and end the whole sign-in (RFC 9700, 4.14.2).
"""

from __future__ import annotations

from collections.abc import Callable

from yett import telemetry
from yett.core.ask import Asker
from yett.errors import StoreError, UpstreamUnavailable
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.endpoint import Endpoint
from yett.upstream.oauth.kept import Connections, Kept, Owner
from yett.upstream.oauth.token import GrantRefusedError, Token
from yett.upstream.oauth.turns import Turn


class Renewals:
    """The sign-ins of one server. `own` is the gateway's registration at the issuer, where it was made by hand."""

    def __init__(self, asker: Asker, connections: Connections, own: Client | None, clock: Callable[[], float]) -> None:
        self._asker = asker
        self._connections = connections
        self._own = own
        self._clock = clock
        self._unkept: dict[Owner, tuple[Kept, Turn]] = {}

    async def token(self, owner: Owner, before: Token | None) -> Token | None:
        """A token from what is kept: the kept one while it lasts and is not `before`, else a new one.

        `None` where there is nothing that could be renewed, or the issuer does so no longer: it is forgotten then.
        Raises `UpstreamUnavailable`.
        """
        try:
            late = await self.settle(owner)
            if late is not None:
                return late
            kept = await self._connections.get(owner)
            if kept is None or self._lasts(kept, before):
                return None if kept is None else kept.token
            async with await self._connections.turn(owner) as turn:
                kept = await self._connections.get(owner)  # meanwhile another process may have renewed it
                if kept is None or self._lasts(kept, before):
                    return None if kept is None else kept.token
                return await self._renewed(owner, kept, turn)
        except StoreError as error:
            raise UpstreamUnavailable(str(error)) from None

    async def settle(self, owner: Owner) -> Token | None:
        """Keep what could not be kept before, if there is such. Raises `StoreError` where it still cannot be."""
        late = self._unkept.get(owner)
        if late is None:
            return None
        await self._connections.put(owner, late[0])
        self.drop(owner)
        return late[0].token

    def drop(self, owner: Owner) -> None:
        """Keep nothing of it."""
        late = self._unkept.pop(owner, None)
        if late is not None:
            late[1].leave()

    async def close(self) -> None:
        """Try once more to keep what could not be kept; what cannot be now is lost."""
        for owner in list(self._unkept):
            try:
                await self.settle(owner)
            except StoreError as error:
                telemetry.warning("connections.lost", why=str(error))
                self.drop(owner)

    def _lasts(self, kept: Kept, before: Token | None) -> bool:
        same = before is not None and before.access.reveal() == kept.token.access.reveal()
        return not same and self._clock() < kept.token.renew_at

    async def _renewed(self, owner: Owner, kept: Kept, turn: Turn) -> Token | None:
        token = None
        if kept.token.refresh is not None:
            await self._connections.make_room()
            token = await self._granted(kept, kept.token.refresh.reveal())
        if token is None:
            await self._connections.delete(owner)
            return None
        renewed = Kept(issuer=kept.issuer, resource=kept.resource, client=kept.client, token=token)
        try:
            await self._connections.put(owner, renewed)
        except StoreError as error:
            # Nobody else may use the old one, and the new one is nowhere but here.
            turn.hold()
            self._unkept[owner] = renewed, turn
            telemetry.warning("connections.unkept", why=str(error))
            raise
        return token

    async def _granted(self, kept: Kept, refresh: str) -> Token | None:
        client = kept.client if kept.client.method or self._own is None else self._own
        form = {"grant_type": "refresh_token", "refresh_token": refresh, "resource": kept.resource}
        try:
            token = await Endpoint(self._asker, kept.issuer, clock=self._clock).grant(client, form)
        except GrantRefusedError as error:
            if error.code != "invalid_grant":
                raise
            return None
        # Issuers that do not rotate give no new one: the old one stays good (RFC 6749, 6).
        return Token(
            access=token.access,
            until=token.until,
            renew_at=token.renew_at,
            refresh=token.refresh or kept.token.refresh,
            scopes=token.scopes or kept.token.scopes,
        )
