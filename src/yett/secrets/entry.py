"""One secret of a store as the gateway keeps it: its last good value, until when that holds, and when to ask again."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from typing import Final

from yett.errors import SecretError
from yett.secrets.store import WHOLE, Lease, Reading, Store

READ_SECONDS: Final = 10.0
"""For one answer of a store. A value that is there goes on being used meanwhile."""
RETRY_SECONDS: Final = (1.0, 2.0, 5.0, 10.0)
"""Pauses after failures; the last one repeats. It bounds how long a store is back before we notice."""
RENEW_AT: Final = 2 / 3
"""Of a lease's time, when it is renewed: as Vault's own agents do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How often a secret is read again, and how long a value holds that could not be: both in seconds.

    A lease's own end goes before both.
    """

    refresh: float = 300.0
    max_stale: float = 3600.0


class Entry:
    """A secret, read again and again. Whoever uses it never waits for the store."""

    def __init__(self, kind: str, name: str, store: Store, terms: Terms) -> None:
        self.kind = kind
        self.name = name
        self.store = store
        self.terms = terms
        self.generation = 0
        self.due = 0.0
        """When to ask the store again, by the monotonic clock."""
        self.problem = "it was not read yet"
        self._reading: Reading | None = None
        self._lease: Lease | None = None
        self._until = -math.inf
        self._failures = 0

    def __repr__(self) -> str:
        return f"Entry({self.kind}:{self.name}, {self.version or 'no version'})"

    @property
    def version(self) -> str:
        """The version of the value that is used; empty where the store does not say."""
        return self._reading.version if self._reading is not None else ""

    @property
    def holds(self) -> bool:
        """Whether there is a value that may still be used."""
        return time.monotonic() < self._until

    def text(self, field: str) -> str:
        """The value of a field. Raises `SecretError` where there is none that still holds, and never gives nothing."""
        if self._reading is None or time.monotonic() >= self._until:
            raise SecretError(f"the secret \u2039{self.kind}:{self.name}\u203a is not to be had: {self.problem}")
        value = self._reading.fields.get(field)
        if value is None:
            raise SecretError(
                f"the secret \u2039{self.kind}:{self.name}\u203a is no JSON object with the field `{field}`"
                if WHOLE in self._reading.fields
                else f"the secret \u2039{self.kind}:{self.name}\u203a has no field `{field}`"
            )
        if value == "":
            raise SecretError(f"the secret \u2039{self.kind}:{self.name}{'#' if field else ''}{field}\u203a is empty")
        return value

    async def refresh(self) -> bool:
        """Ask the store now. Tells whether the value is another one than before."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(READ_SECONDS):
                if await self._renewed(began):
                    return False
                reading = await self.store.read(self.name)
        except (SecretError, TimeoutError) as error:
            self._fail(str(error) or f"no answer within {READ_SECONDS:g} s")
            return False
        return self._accept(reading, began)

    async def _renewed(self, began: float) -> bool:
        """Make the lease longer, if there is one. One that cannot be is done with: the secret is read anew."""
        lease = self._lease
        if lease is None or not lease.renewable or not self.holds:
            return False
        try:
            longer = await self.store.renew(lease)
        except SecretError:
            return False
        if longer.seconds < lease.seconds * (1 - RENEW_AT):  # its maximum lifetime is near: a new one is better
            return False
        self._lease = longer
        self._succeed(began, longer)
        return True

    def _accept(self, reading: Reading, began: float) -> bool:
        if not reading.fields:
            self._fail("it has no fields that are text")
            return False
        before, self._reading = self._reading, reading
        self._lease = reading.lease
        self._succeed(began, reading.lease)
        changed = before is None or before.fields != reading.fields
        self.generation += changed
        return changed

    def _succeed(self, began: float, lease: Lease | None) -> None:
        self.problem = ""
        self._failures = 0
        if lease is None:
            self.due, self._until = began + self.terms.refresh, began + self.terms.max_stale
        else:
            self.due, self._until = began + lease.seconds * RENEW_AT, began + lease.seconds

    def _fail(self, problem: str) -> None:
        self.problem = problem
        self.due = time.monotonic() + RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS) - 1)]
        self._failures += 1


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entry, as a `live.LiveSecret` holds it."""

    entry: Entry
    name: str

    @property
    def generation(self) -> int:
        """How often the secret has changed."""
        return self.entry.generation

    @property
    def version(self) -> str:
        """Which version of the secret it is."""
        return self.entry.version

    def text(self) -> str:
        """The value. Raises `SecretError`."""
        return self.entry.text(self.name)
