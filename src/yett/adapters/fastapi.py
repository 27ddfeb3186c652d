"""Dependencies for plain routes of a FastAPI app that `protect()` wraps: who is calling, by the same config.

    @app.get("/admin")
    async def admin(caller: Annotated[Principal, Depends(require_role("admin"))]) -> ...

Plain routes are the app's own: nothing about them is judged, limited or recorded by Yett but what these say.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import HTTPException, Request

from yett.core.exchange import ANONYMOUS, Principal
from yett.core.reason import Kind
from yett.core.verdict import Deny
from yett.enforce.doorkeeper import DOORKEEPER, Doorkeeper
from yett.upstream.app_pool import PRINCIPAL

__all__ = ["current_principal", "require_role"]

_BUSY: Final = 503
_UNSIGNED: Final = 401
_FORBIDDEN: Final = 403


async def current_principal(request: Request) -> Principal:
    """The caller: on a plain route by its own credential, in a judged request as Yett knows him.

    Answers 401 where the credential is missing or wrong, with the challenge of the MCP endpoint, and 503 where it
    cannot be checked just now. With `unsafe_allow_anonymous`, everybody is `Principal(issuer="", subject="anonymous")`.
    """
    judged = request.scope.get(PRINCIPAL)
    if isinstance(judged, Principal):
        return judged
    found = await _doorkeeper(request).identify(request.headers.raw)
    if isinstance(found, Deny):
        raise _refused(_doorkeeper(request), found)
    return found


def require_role(name: str) -> Callable[[Request], Awaitable[Principal]]:
    """A dependency that lets callers pass who have this role of the config, directly or through another one.

    Answers 401 and 503 like `current_principal`, and 403 to everybody else. Roles of other names than the config's are
    nobody's: nobody passes.
    """

    async def caller(request: Request) -> Principal:
        principal = await current_principal(request)
        if principal is ANONYMOUS or name not in _doorkeeper(request).roles(principal):
            raise HTTPException(_FORBIDDEN, f"this needs the role `{name}`")
        return principal

    return caller


def _doorkeeper(request: Request) -> Doorkeeper:
    found = request.scope.get(DOORKEEPER)
    if not isinstance(found, Doorkeeper):
        raise HTTPException(_BUSY, "this app is not served through `yett.protect()`, or not started yet")
    return found


def _refused(doorkeeper: Doorkeeper, deny: Deny) -> HTTPException:
    if deny.reason.kind is Kind.UNAVAILABLE:
        return HTTPException(_BUSY, deny.reason.public)
    challenge = doorkeeper.challenge(deny).decode("ascii")
    return HTTPException(_UNSIGNED, deny.reason.public, headers={"WWW-Authenticate": challenge})
