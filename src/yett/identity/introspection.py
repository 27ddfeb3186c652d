"""Opaque tokens: their issuer is asked what they are (RFC 7662), once for many requests, and no is the answer to doubt.

What it says is believed for `SECONDS`, and never beyond the token's own end. Where it cannot be asked, nobody is
refused for being somebody else: the answer is that it cannot be said now.
"""

from __future__ import annotations

import asyncio
import base64
import math
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from msgspec import Struct

from yett import telemetry
from yett.core.ask import Ask, Asker
from yett.core.exchange import Principal
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.errors import AskError, SecretError
from yett.identity.bearer import PUBLIC, handle_of
from yett.identity.binding import binding_of, check_binding
from yett.identity.claim_paths import principal_of
from yett.identity.claims import audience_of, not_meant
from yett.identity.credentials import Credentials
from yett.identity.discovery import SECONDS as ASK_SECONDS
from yett.identity.discovery import read_object
from yett.identity.issuer import ACCESS_TYPES, Issuer
from yett.identity.pending import Pending
from yett.identity.verified import SECONDS, Verified, VerifiedTokens
from yett.secrets.secret import Secret

TOKEN_INACTIVE = Reason(code="opaque.inactive", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
ANSWER_REFUSED = Reason(code="opaque.refused", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
INTROSPECTION_UNAVAILABLE = Reason(
    code="opaque.unavailable",
    kind=Kind.UNAVAILABLE,
    public="who is calling cannot be checked at the moment; try again later",
)

NEGATIVE_SECONDS: Final = 10.0
"""A token that is no token is not asked about again for so long."""

COOL_DOWN: Final = 1.0
"""After a failure the issuer is left alone for so long, whatever callers show."""

AT_ONCE: Final = 64
"""Questions under way: strangers cannot make us ask more at a time."""

_LIMIT: Final = 64 * 1024
_OK: Final = 200
_TYPES: Final = ACCESS_TYPES | {"access_token"}


class Desk(Struct, frozen=True, kw_only=True, eq=False):
    """Where an issuer is asked, and how we sign in there. `any_audience` takes its word alone."""

    url: str
    client: str
    secret: Secret
    any_audience: bool = False


class Introspection:
    """Asks one issuer about tokens. What it learns it puts into `known`."""

    def __init__(
        self,
        ask: Asker,
        issuer: Issuer,
        desk: Desk,
        known: VerifiedTokens,
        *,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.problem = ""
        """Why the last question had no answer, or nothing."""
        self._ask = ask
        self._issuer = issuer
        self._desk = desk
        self._known = known
        self._wall = wall
        self._clock = clock
        self._failed_at = -math.inf
        self._running: dict[str, asyncio.Task[None]] = {}

    def identify(self, token: str, credentials: Credentials, now: float) -> Principal | Deny | Pending:
        """Whose token this is, shown with these credentials; `now` is wall time in seconds."""
        known = self._known.find_token(token, now)
        if known is not None:
            if known.endpoints is not None and credentials.server not in known.endpoints:
                return Deny(reason=ANSWER_REFUSED, detail="meant for another endpoint")
            return check_binding(known.binding, credentials) or known.who
        running = self._running.get(token)
        if running is not None:
            return self._pending(running)
        wait = self._failed_at + COOL_DOWN - self._clock()
        if wait > 0 or len(self._running) >= AT_ONCE:
            detail = self.problem or f"{AT_ONCE} questions are under way"
            return Deny(reason=INTROSPECTION_UNAVAILABLE, detail=detail, retry_after=max(wait, 1.0))
        task = asyncio.get_running_loop().create_task(self._asked(token), name=f"token of {self._issuer.source}")
        self._running[token] = task
        task.add_done_callback(lambda done: self._done(token, done))
        return self._pending(task)

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _pending(self, task: asyncio.Task[None]) -> Pending:
        return Pending(what=f"a token of `{self._issuer.source}`", done=task)

    def _done(self, token: str, task: asyncio.Task[None]) -> None:
        self._running.pop(token, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(f"a fault of ours: {type(error).__name__}")

    def _fail(self, problem: str) -> None:
        self._failed_at = self._clock()
        if problem != self.problem:
            telemetry.warning("introspection.failed", issuer=self._issuer.source, problem=problem)
        self.problem = problem

    async def _asked(self, token: str) -> None:
        try:
            claims = await self._answer(token)
        except (AskError, SecretError) as error:
            self._fail(str(error))
            return
        self.problem = ""
        now = self._wall()
        verified = self._verified(token, claims, now)
        believed = SECONDS if isinstance(verified.who, Principal) else NEGATIVE_SECONDS
        self._known.keep(token, verified, believed)

    async def _answer(self, token: str) -> dict[str, Any]:
        """What the issuer says of a token; `active` is a real boolean in it."""
        url = self._desk.url
        credential = f"{quote_plus(self._desk.client)}:{quote_plus(self._desk.secret.reveal())}".encode()
        headers = (
            ("authorization", f"Basic {base64.b64encode(credential).decode('ascii')}"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
        )
        body = urlencode({"token": token, "token_type_hint": "access_token"}).encode()
        answer = await self._ask(
            Ask(url=url, method="POST", headers=headers, body=body, limit=_LIMIT, seconds=ASK_SECONDS)
        )
        if answer.status != _OK:
            raise AskError(f"`{url}` answered {answer.status}: check `client_id` and `client_secret`")
        claims = read_object(answer.body, f"the answer of `{url}`")
        if type(claims.get("active")) is not bool:
            raise AskError(f"the answer of `{url}` does not say `active`")
        return claims

    def _verified(self, token: str, claims: dict[str, Any], now: float) -> Verified:
        deny = self._refusal(claims, now)
        if deny is not None:
            return Verified(who=deny, expires=math.inf)
        binding = binding_of(claims, self._issuer)
        if isinstance(binding, Deny):
            return Verified(who=binding, expires=math.inf)
        endpoints = None
        if not self._desk.any_audience:
            audience = audience_of(claims)
            if isinstance(audience, Deny):
                return Verified(who=Deny(reason=ANSWER_REFUSED, detail=audience.detail), expires=math.inf)
            endpoints = self._issuer.endpoints(audience)
            if endpoints is not None and not endpoints:
                deny = Deny(reason=ANSWER_REFUSED, detail=not_meant(audience).detail)
                return Verified(who=deny, expires=math.inf)
        who = principal_of(claims, self._issuer, handle_of(token))
        if isinstance(who, Deny):
            return Verified(who=Deny(reason=ANSWER_REFUSED, detail=who.detail), expires=math.inf)
        expires = float(claims.get("exp", math.inf))
        return Verified(who=who, expires=expires, endpoints=endpoints, binding=binding)

    def _refusal(self, claims: dict[str, Any], now: float) -> Deny | None:
        """Why a token is nobody's, whatever else is said of it."""
        if claims["active"] is not True:
            return Deny(reason=TOKEN_INACTIVE, detail=f"{self._issuer.source} says so")
        said = claims.get("iss", self._issuer.name)
        if said not in self._issuer.names:
            return Deny(reason=ANSWER_REFUSED, detail=f"`iss` is {str(said)[:200]!a}")
        for name in ("token_type", "typ", "token_use"):
            kind = claims.get(name, "bearer")
            if type(kind) is not str or kind.lower() not in _TYPES:
                return Deny(reason=ANSWER_REFUSED, detail=f"`{name}` is {str(kind)[:32]!a}")
        return self._out_of_time(claims, now)

    def _out_of_time(self, claims: dict[str, Any], now: float) -> Deny | None:
        for name in ("exp", "nbf", "iat"):
            value = claims.get(name, 0)
            if type(value) not in {int, float} or not math.isfinite(value) or value < 0:
                return Deny(reason=ANSWER_REFUSED, detail=f"`{name}` is no time")
        if now >= claims.get("exp", math.inf):
            return Deny(reason=TOKEN_INACTIVE, detail="its time is over")
        if max(claims.get("nbf", 0), claims.get("iat", 0)) > now + self._issuer.skew:
            return Deny(reason=TOKEN_INACTIVE, detail="its time has not come")
        for name, value in self._issuer.required:
            if claims.get(name) != value:
                return Deny(reason=ANSWER_REFUSED, detail=f"`{name}` is not {value!a}")
        return None
