"""The keys of one issuer while they change: fetched when needed and never more often, kept while the issuer is away.

Times are of the monotonic clock. Keys are fetched again before they are `MAX_AGE` old, so that one that the issuer has
withdrawn is not believed longer than that; where fetching fails, what was good stays good until `MAX_STALE`. Whatever
strangers' tokens say, there is one attempt in `COOL_DOWN`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from math import inf
from typing import Final

from yett import telemetry
from yett.core.ask import Ask, Asker
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.errors import AskError
from yett.identity.bearer import PUBLIC
from yett.identity.discovery import SECONDS, jwks_url, metadata
from yett.identity.keys import MAX_BYTES, Key, Keys, read_keys
from yett.identity.pending import Pending
from yett.identity.signature import Unusable

KEY_UNKNOWN = Reason(code="jwt.key-unknown", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
KEYS_UNAVAILABLE = Reason(
    code="jwt.keys-unavailable",
    kind=Kind.UNAVAILABLE,
    public="who is calling cannot be checked at the moment; try again later",
)

REFRESH: Final = 240.0
MAX_AGE: Final = 300.0
MAX_STALE: Final = 900.0
COOL_DOWN: Final = 10.0
WHERE_AGE: Final = 3600.0
"""How long it is remembered where an issuer keeps its keys."""

FETCH_SECONDS: Final = 10.0
"""For one attempt with all its questions: as long as the cool-down, so that nobody waits for two of them."""

RECENT: Final = 60.0
"""How long a failed attempt says that the issuer is away; after that it is asked before old keys are believed."""

UNKNOWN_SECONDS: Final = 30.0
UNKNOWN_IDS: Final = 1_024
"""Key ids that the issuer did not have when it was asked for them. When full, all are forgotten."""

_OK: Final = 200


class KeySource:
    """Finds the keys of one issuer. `changed` is called with a sentence when other keys hold, or none can be had."""

    def __init__(
        self,
        ask: Asker,
        issuer: str,
        *,
        source: str,
        url: str = "",
        rsa_default: str = "RS256",
        changed: Callable[[str], None] = lambda _sentence: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.problem = ""
        """Why the last attempt to fetch the keys failed, or nothing."""
        self._ask = ask
        self._issuer = issuer
        self._source = source
        self._given = url
        self._url = url
        self._url_at = inf if url else -inf
        self._rsa_default = rsa_default
        self._changed = changed
        self._clock = clock
        self._keys: Keys | None = None
        self._fetched_at = -inf
        self._tried_at = -inf
        self._unknown: dict[str, float] = {}
        self._asked_for: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def find(self, kid: str | None) -> Key | Deny | Pending:
        """The key that a token names, at once where that is possible."""
        tick = self._clock()
        age = tick - self._fetched_at
        if self._keys is None or age > MAX_STALE or (age > MAX_AGE and not self._in_vain(tick)):
            return self._first_fetch(tick)
        key = self._keys.find(kid)
        if key is None:
            return self._not_there(kid or "", tick)
        if age > REFRESH and self._may_try(tick):
            self._fetch(tick)
        return key

    def warm(self) -> None:
        """Begin to fetch the keys, so that the first caller need not wait."""
        if self._keys is None and self._may_try(self._clock()):
            self._fetch(self._clock())

    @property
    def usable(self) -> bool:
        """Whether tokens of this issuer can be judged just now."""
        return self._keys is not None and self._clock() - self._fetched_at <= MAX_STALE

    async def close(self) -> None:
        """End what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _first_fetch(self, tick: float) -> Pending | Deny:
        """No key can be believed before the issuer was asked."""
        if self._task is not None or self._may_try(tick):
            return self._fetch(tick)
        wait = max(1.0, self._tried_at + COOL_DOWN - tick)
        return Deny(reason=KEYS_UNAVAILABLE, detail=f"{self._source}: {self.problem}", retry_after=wait)

    def _not_there(self, kid: str, tick: float) -> Pending | Deny:
        """An id that is not in the set: ask for it once, and not again for a while."""
        may_ask = self._task is not None or self._may_try(tick)
        if may_ask and self._unknown.get(kid, -inf) <= tick:
            if len(self._asked_for) < UNKNOWN_IDS:
                self._asked_for.add(kid)
            return self._fetch(tick)
        return Deny(reason=KEY_UNKNOWN, detail=f"{self._source} has no key {kid[:64]!a}")

    def _in_vain(self, tick: float) -> bool:
        """Whether the issuer was asked just now and could not be reached."""
        return self.problem != "" and tick - self._tried_at <= RECENT

    def _may_try(self, tick: float) -> bool:
        return self._task is None and tick - self._tried_at >= COOL_DOWN

    def _fetch(self, tick: float) -> Pending:
        if self._task is None:
            self._tried_at = tick
            self._task = asyncio.get_running_loop().create_task(self._fetched(), name=f"keys of {self._source}")
            self._task.add_done_callback(self._done)
        return self._pending(self._task)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(f"a fault of ours: {type(error).__name__}")

    def _pending(self, task: asyncio.Task[None]) -> Pending:
        return Pending(what=f"the keys of `{self._source}`", done=task)

    async def _fetched(self) -> None:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                keys = await self._asked()
        except (AskError, Unusable, TimeoutError) as error:
            self._url_at = inf if self._given else -inf  # the keys may have moved
            self._fail(str(error) or f"`{self._issuer}` did not answer within {FETCH_SECONDS:g} s")
            return
        before = self._keys.prints if self._keys is not None else frozenset()
        self._keys, self._fetched_at, self.problem = keys, self._clock(), ""
        self._note_unknown(keys)
        if keys.prints != before:
            telemetry.event("issuer.keys", issuer=self._source, keys=len(keys.by_id), dropped=list(keys.dropped))
            left = f"; left out: {'; '.join(keys.dropped[:4])}" if keys.dropped else ""
            self._changed(f"{len(keys.by_id)} keys of `{self._source}` hold now{left}")

    def _note_unknown(self, keys: Keys) -> None:
        missing = self._asked_for - keys.by_id.keys()
        self._asked_for.clear()
        if len(self._unknown) + len(missing) > UNKNOWN_IDS:
            self._unknown.clear()
        self._unknown.update(dict.fromkeys(missing, self._fetched_at + UNKNOWN_SECONDS))

    async def _asked(self) -> Keys:
        if self._clock() - self._url_at > WHERE_AGE:
            self._url = jwks_url(await metadata(self._ask, self._issuer), self._issuer)
            self._url_at = self._clock()
        return await keys_at(self._ask, self._url, self._rsa_default)

    def _fail(self, problem: str) -> None:
        if problem != self.problem:
            telemetry.warning("issuer.unreachable", issuer=self._source, problem=problem)
            self._changed(f"the keys of `{self._source}` cannot be fetched: {problem}")
        self.problem = problem
        self._asked_for.clear()


async def keys_at(ask: Asker, url: str, rsa_default: str) -> Keys:
    """The keys that are published at a URL. Raises `AskError`, or `Unusable` where none of them can be used."""
    headers = (("accept", "application/jwk-set+json, application/json"),)
    answer = await ask(Ask(url=url, headers=headers, limit=MAX_BYTES, seconds=SECONDS))
    if answer.status != _OK:
        raise AskError(f"`{url}` answered {answer.status}")
    try:
        return read_keys(answer.body, rsa_default)
    except Unusable as error:
        raise Unusable(f"`{url}`: {error}") from error
