"""What an upstream asks for before each request: the header that makes the server accept it."""

from __future__ import annotations

from typing import Protocol

from yett.upstream.caller import Caller
from yett.upstream.oauth.challenge import Challenge


class Credential(Protocol):
    """The gateway's right to speak to one server, for itself (`caller` is `None`) or on behalf of a caller."""

    async def bearer(self, caller: Caller | None) -> str:
        """A token for the next request. Raises `UpstreamError`."""
        ...

    async def refused(self, caller: Caller | None, bearer: str, challenge: Challenge, status: int) -> bool:
        """Note that the server refused a token. Tells whether another try is worth it. Raises `UpstreamError`."""
        ...

    async def close(self) -> None:
        """End what is under way."""
        ...
