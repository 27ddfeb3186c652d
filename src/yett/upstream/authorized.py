"""A request that carries a token of the gateway's: sent, and once more with another token where the server wants one.

A 401 says that nothing was done: the second try is the only repetition there is.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Final, Protocol

from yett.errors import UpstreamUnavailable
from yett.upstream.caller import Caller
from yett.upstream.oauth.challenge import Challenge, challenge
from yett.upstream.oauth.credential import Credential
from yett.wire.client import Response
from yett.wire.http import Header

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_SCOPE: Final = "insufficient_scope"
_TRIES: Final = 2


class Send(Protocol):
    """Sends the request, with more headers."""

    def __call__(self, *more: Header) -> AbstractAsyncContextManager[Response]:
        """A context that sends when it is entered."""
        ...


class Authorized(AbstractAsyncContextManager[Response]):
    """Sends when it is entered. `send` gets the `authorization` header, where there is a token to send."""

    __slots__ = ("_caller", "_credential", "_send", "_sending")

    def __init__(self, credential: Credential, caller: Caller | None, send: Send) -> None:
        self._credential = credential
        self._caller = caller
        self._send = send

    async def __aenter__(self) -> Response:
        for _ in range(_TRIES):
            bearer = await self._credential.bearer(self._caller)
            header = ((b"authorization", b"Bearer " + bearer.encode("ascii")),) if bearer else ()
            self._sending = self._send(*header)
            response = await self._sending.__aenter__()
            said = _refusal(response)
            if said is None:
                return response
            status = response.status
            await self._sending.__aexit__(None, None, None)
            if not await self._credential.refused(self._caller, bearer, said, status):
                break
        raise UpstreamUnavailable("the server does not accept the gateway's token")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sending.__aexit__(kind, error, trace)


def _refusal(response: Response) -> Challenge | None:
    if response.status == _UNAUTHORIZED:
        return challenge(response.headers)
    if response.status == _FORBIDDEN:
        said = challenge(response.headers)
        return said if said.error == _SCOPE else None
    return None
