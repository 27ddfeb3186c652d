"""An authorization server as the gateway asks it: its metadata, read once in a while, and its token endpoint."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from yett.core.ask import Ask, Asker
from yett.errors import AskError, UpstreamUnavailable
from yett.upstream.oauth import token as tokens
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.metadata import Issuer, issuer_at
from yett.upstream.oauth.token import Token

_METADATA_SECONDS: Final = 600.0
_FORM: Final = ("content-type", "application/x-www-form-urlencoded")
_JSON: Final = ("accept", "application/json")


class Endpoint:
    """One issuer. Its metadata is kept for ten minutes; a client's credential goes to the endpoint it names alone.

    `close` ends what `asker` holds.
    """

    def __init__(
        self,
        asker: Asker,
        issuer: str,
        *,
        clock: Callable[[], float] = time.time,
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._close = close
        self.issuer = issuer
        self.asker = asker
        self.clock = clock
        self._metadata: Issuer | None = None
        self._until = 0.0
        self._turn = asyncio.Lock()

    async def metadata(self) -> Issuer:
        """What the issuer says of itself. Raises `UpstreamUnavailable`."""
        async with self._turn:
            if self._metadata is None or self.clock() >= self._until:
                found = await issuer_at(self.asker, self.issuer)
                if found is None:
                    raise UpstreamUnavailable(f"the issuer `{self.issuer}` has no metadata")
                self._metadata, self._until = found, self.clock() + _METADATA_SECONDS
            return self._metadata

    async def close(self) -> None:
        """End what is under way."""
        if self._close is not None:
            await self._close()

    async def grant(self, client: Client, form: Mapping[str, str]) -> Token:
        """Ask for a token. Raises `GrantRefusedError` (a kind of `UpstreamUnavailable`) or `UpstreamUnavailable`."""
        metadata = await self.metadata()
        if not metadata.token_endpoint:
            raise UpstreamUnavailable(f"the issuer `{self.issuer}` has no token endpoint")
        supported = metadata.token_endpoint_auth_methods_supported
        headers, proof = client.prove(
            self.issuer, supported, now=self.clock(), random=lambda: secrets.token_urlsafe(18)
        )
        body = urlencode({**form, **proof}).encode()
        ask = Ask(url=metadata.token_endpoint, method="POST", headers=(_FORM, _JSON, *headers), body=body)
        try:
            answer = await self.asker(ask)
        except AskError as error:
            raise UpstreamUnavailable(str(error)) from None
        asked = frozenset(form.get("scope", "").split())
        return tokens.read(answer, f"`{self.issuer}`", self.clock(), asked=asked)
