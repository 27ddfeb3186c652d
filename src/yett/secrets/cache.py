"""Every secret in use: read once for all who use it, read again before it is too old, and never on a call's way.

The owner runs `watch()`. An entry lives as long as a secret of a config refers to it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any, Final
from weakref import WeakValueDictionary

from yett import telemetry
from yett.errors import SecretError
from yett.secrets.entry import Entry, Field, Terms
from yett.secrets.live import LiveSecret
from yett.secrets.references import Reference
from yett.secrets.store import Plain, Reading, Store

_TICK_SECONDS: Final = 1.0
_AT_ONCE: Final = 8
"""Questions to stores at the same time: a start with hundreds of secrets must not look like an attack."""
FILE_TERMS: Final = Terms(refresh=1.0, max_stale=60.0)
"""Files are on this machine: what is gone for a minute is not about to be replaced."""


class Cache:
    """Secrets by their store and name. `changed` is awaited when a value that was known has become another one."""

    def __init__(self, changed: Callable[[], Awaitable[None]] | None = None) -> None:
        self._changed = changed
        self._entries: WeakValueDictionary[tuple[Store, str], Entry] = WeakValueDictionary()
        self._stores: dict[str, Store] = {}
        self._retired: list[Store] = []
        self._terms = Terms()
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._busy: set[Entry | Store] = set()
        self._rotated: set[str] = set()

    @property
    def stores(self) -> Mapping[str, Store]:
        """The stores that new references are read from, by the kind of reference."""
        return self._stores

    def adopt(self, stores: Mapping[str, Store], terms: Terms) -> None:
        """Read new references from these stores. The stores before serve those secrets that are still in use."""
        self._retired += [store for store in self._stores.values() if store not in stores.values()]
        self._stores = dict(stores)
        self._terms = terms

    def hold(self, reference: Reference) -> Field:
        """A reference's value, to be kept current from now on. `fill()` reads what was not read before."""
        store = self._stores.get(reference.kind) or _MISSING
        key = (store, reference.name)
        entry = self._entries.get(key)
        if entry is None:
            terms = FILE_TERMS if reference.kind == "file" else self._terms
            entry = self._entries[key] = Entry(reference.kind, reference.name, store, terms)
        elif reference.kind != "file":
            entry.terms = self._terms
        return Field(entry, reference.field)

    async def fill(self, secrets: Iterable[LiveSecret]) -> None:
        """Bind these secrets, and read what was not read before. What cannot be read is left to `watch()`."""
        for secret in secrets:
            secret.bind(self.hold)
        unread = [entry for entry in list(self._entries.values()) if entry.due == 0.0 and entry not in self._busy]
        self._busy.update(unread)
        # Files first: the stores' own credentials are among them.
        for is_file in (True, False):
            await asyncio.gather(*[self._ask(entry) for entry in unread if (entry.kind == "file") is is_file])
        self._rotated.clear()  # whoever fills is about to build with these values

    async def read_again(self, secret: LiveSecret) -> None:
        """Read now what this secret is made of, however new it is. What cannot be read keeps the value it has."""
        wanted = [(self._stores.get(one.kind) or _MISSING, one.name) for one in secret.followed]
        entries = [entry for key in wanted if (entry := self._entries.get(key)) is not None]
        # Also where a reading is under way: it may have begun too early.
        self._busy.update(entries)
        await asyncio.gather(*[self._ask(entry) for entry in entries])

    async def watch(self) -> None:
        """Read again what is due, and keep sign-ins alive, until cancelled. A slow store holds up no other."""
        async with asyncio.TaskGroup() as group:
            while True:
                await asyncio.sleep(_TICK_SECONDS)
                for work in self._due():
                    group.create_task(work)
                await self._tell()

    async def look(self) -> None:
        """Do once what `watch()` does again and again, and wait until it is done."""
        await asyncio.gather(*self._due())
        await self._tell()

    def _due(self) -> list[Coroutine[Any, Any, None]]:
        now = time.monotonic()
        used = {id(entry.store) for entry in list(self._entries.values())}
        gone = [store for store in self._retired if id(store) not in used]
        self._retired = [store for store in self._retired if id(store) in used]
        stores = [store for store in (*self._stores.values(), *self._retired) if store not in self._busy]
        entries = [entry for entry in list(self._entries.values()) if entry.due <= now and entry not in self._busy]
        self._busy.update(stores, entries)
        return [
            *[self._close(store) for store in gone],
            *[self._tend(store) for store in stores],
            *[self._ask(entry) for entry in entries],
        ]

    async def _tell(self) -> None:
        """Say that values have changed, once for all that did since the last time."""
        rotated, self._rotated = sorted(self._rotated), set()
        if rotated:
            telemetry.event("secret.changed", secrets=rotated)
            if self._changed is not None:
                await self._changed()

    async def close(self) -> None:
        """Give back what the stores handed out."""
        for store in {id(store): store for store in [*self._stores.values(), *self._retired]}.values():
            await self._close(store)
        self._stores, self._retired = {}, []

    @property
    def problems(self) -> list[str]:
        """What cannot be read now: the references, and why. Nothing of a value is in it."""
        entries = sorted(self._entries.values(), key=lambda entry: (entry.kind, entry.name))
        return [f"\u2039{entry.kind}:{entry.name}\u203a: {entry.problem}" for entry in entries if entry.problem]

    async def _ask(self, entry: Entry) -> None:
        before = entry.problem
        try:
            async with self._places:
                changed = await entry.refresh()
        finally:
            self._busy.discard(entry)
        telemetry.SECRET_READS.add(entry.kind, "failed" if entry.problem else "ok")
        if changed:
            self._rotated.add(f"{entry.kind}:{entry.name}")
        if entry.problem and entry.problem != before:
            reference = f"{entry.kind}:{entry.name}"
            telemetry.warning("secret.unread", secret=reference, error=entry.problem, usable=entry.holds)

    async def _tend(self, store: Store) -> None:
        try:
            await store.tend()
        except SecretError as error:
            telemetry.warning("secret.sign-in-failed", error=str(error))
        finally:
            self._busy.discard(store)

    async def _close(self, store: Store) -> None:
        try:
            await store.close()
        except SecretError as error:
            telemetry.warning("secret.sign-out-failed", error=str(error))


class _Missing(Plain):
    """Stands where the config names no store: what refers to it is refused, with a sentence."""

    async def read(self, name: str) -> Reading:
        raise SecretError(f"no store is configured that could hold `{name}`")


_MISSING: Final = _Missing()
