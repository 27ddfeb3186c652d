"""What is kept of a user's sign-in at a server, and of the gateway's registration at an issuer; sealed, on disk."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from yett.secrets.secret import Secret
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.sealed import Sealed
from yett.upstream.oauth.token import Token
from yett.upstream.oauth.turns import Turn

Owner = tuple[str, str]
"""A principal's issuer and subject."""


class Kept(Struct, frozen=True, kw_only=True):
    """One user's sign-in at one server: the token, and all that renewing it takes."""

    issuer: str
    resource: str
    client: Client
    token: Token


class _Row(Struct, frozen=True, kw_only=True):
    issuer: str = ""
    resource: str = ""
    client_id: str = ""
    client_secret: str = ""
    method: str = ""
    access: str = ""
    until: float = 0.0
    renew_at: float = 0.0
    refresh: str = ""
    scopes: list[str] = []


class Connections:
    """The sign-ins at one server. Those of one user are never found by another's name."""

    def __init__(self, sealed: Sealed, server: str) -> None:
        self._sealed = sealed
        self._server = server

    async def get(self, owner: Owner) -> Kept | None:
        """A user's sign-in."""
        row = _row(await self._sealed.get("token", self._server, *owner))
        if row is None:
            return None
        token = Token(
            access=Secret(row.access),
            until=row.until,
            renew_at=row.renew_at,
            refresh=Secret(row.refresh) if row.refresh else None,
            scopes=frozenset(row.scopes),
        )
        return Kept(issuer=row.issuer, resource=row.resource, client=_client(row), token=token)

    async def put(self, owner: Owner, kept: Kept) -> None:
        """Keep a user's sign-in. A client's secret goes with it where we registered it, not where it was configured."""
        token, client = kept.token, kept.client
        row = _Row(
            issuer=kept.issuer,
            resource=kept.resource,
            client_id=client.id,
            client_secret=client.secret.reveal() if client.secret is not None and client.method else "",
            method=client.method,
            access=token.access.reveal(),
            until=token.until,
            renew_at=token.renew_at,
            refresh=token.refresh.reveal() if token.refresh is not None else "",
            scopes=sorted(token.scopes),
        )
        await self._sealed.put("token", self._server, *owner, value=msgspec.json.encode(row))

    async def delete(self, owner: Owner) -> None:
        """Forget a user's sign-in."""
        await self._sealed.delete("token", self._server, *owner)

    async def turn(self, owner: Owner) -> Turn:
        """The right to change a user's sign-in, to be entered: one at a time, among all processes."""
        return await self._sealed.turn("token", self._server, *owner)

    async def make_room(self) -> None:
        """Have room for one more sign-in."""
        await self._sealed.make_room()

    async def latest(self) -> Owner | None:
        """Who signed in last: the gateway lists the server's tools with his token."""
        found = await self._sealed.get("latest", self._server)
        owner = msgspec.json.decode(found, type=tuple[str, str]) if found else None
        return owner if owner and any(owner) else None

    async def set_latest(self, owner: Owner) -> None:
        """Note who signed in last; two empty texts for nobody."""
        await self._sealed.put("latest", self._server, value=msgspec.json.encode(owner))

    async def client(self, issuer: str, redirect: str) -> Client | None:
        """The gateway's registration at an issuer, for one redirect address. Never another issuer's."""
        row = _row(await self._sealed.get("client", self._server, issuer, redirect))
        return None if row is None else _client(row)

    async def put_client(self, issuer: str, redirect: str, client: Client) -> None:
        """Keep a registration."""
        secret = client.secret.reveal() if client.secret is not None else ""
        row = _Row(issuer=issuer, client_id=client.id, client_secret=secret, method=client.method)
        await self._sealed.put("client", self._server, issuer, redirect, value=msgspec.json.encode(row))


def _row(found: bytes | None) -> _Row | None:
    try:
        return None if found is None else msgspec.json.decode(found, type=_Row)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def _client(row: _Row) -> Client:
    return Client(id=row.client_id, secret=Secret(row.client_secret) if row.client_secret else None, method=row.method)
