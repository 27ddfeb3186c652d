"""What is measured of the gateway's process every few seconds, and what each of it may grow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from storm.gateway import Gateway

from steady.trend import Allowance, Trend, trend
from yett.ledger.quotes import _WORDS as WORDS
from yett.ledger.scribe import _PHRASES as PHRASES
from yett.ledger.scribe import _PRINCIPALS as PRINCIPALS
from yett.policy.policy import _REMEMBERED as REMEMBERED

ALLOWED: Final = {
    # What an allocator keeps. Over an hour it is 3 MiB an hour; what leaks by the call leaks more than that.
    "memory, MiB": Allowance(3.0),
    "file descriptors": Allowance(3.0),
    "connections to servers": Allowance(3.0),
    "tasks": Allowance(3.0),
    "threads": Allowance(1.0),
    "processes": Allowance(1.0),
}
OBJECTS: Final = "objects"
ALL_OBJECTS: Final = Allowance(1_000.0, 0.01)
BOUNDS: Final = {
    "Policy._decisions": REMEMBERED,
    "Quotes.known": WORDS,
    "Scribe._phrases": PHRASES,
    # Each reload makes principals anew; what was written about the old ones stays until the table is full.
    "Scribe._principals": PRINCIPALS,
    "Principal": PRINCIPALS + 1_000,
}
"""Tables that are emptied when they are full: how they grow says nothing, so they are held to their bounds."""
TABLE: Final = Allowance(32.0, 0.05)
"""For each kind of object of Yett's, and each container that belongs to one or to a module, by its name."""


@dataclass(frozen=True)
class Sample:
    """One look. `tables` are numbers of entries, by `Class.attribute`; not every look counts them."""

    at: float
    levels: dict[str, float]
    tables: dict[str, int] = field(default_factory=dict)

    @classmethod
    async def of(cls, gateway: Gateway, servers: Sequence[int], *, census: bool = False) -> Self:
        """Look now; `servers` are the ports of the servers behind the gateway.

        A census collects garbage, so it comes after everything else and not too often.
        """
        tasks, descriptors, pooled = await gateway.look(*servers)
        levels = {
            "memory, MiB": gateway.memory(),
            "file descriptors": descriptors,
            "connections to servers": pooled,
            "tasks": tasks,
            "threads": gateway.threads(),
            "processes": len(gateway.children()),
        }
        tables: dict[str, int] = {}
        if census:
            objects, tables = await gateway.census()
            tables[OBJECTS] = objects
        return cls(time.monotonic(), levels, tables)


def trends(samples: Sequence[Sample]) -> dict[str, Trend]:
    """Every level, and every table that ever held anything."""
    begin = samples[0].at
    hours = [(sample.at - begin) / 3600 for sample in samples]
    found = {name: trend(hours, [one.levels[name] for one in samples], may) for name, may in ALLOWED.items()}
    counted = [sample for sample in samples if sample.tables]
    hours = [(sample.at - begin) / 3600 for sample in counted]
    for name in sorted({name for sample in counted for name in sample.tables}):
        may = ALL_OBJECTS if name == OBJECTS else Allowance(BOUNDS[name]) if name in BOUNDS else TABLE
        found[f"`{name}`"] = trend(hours, [one.tables.get(name, 0) for one in counted], may)
    return found


def beyond(samples: Sequence[Sample]) -> list[str]:
    """Tables that were ever larger than their bounds."""
    largest = {name: max(sample.tables.get(name, 0) for sample in samples) for name in BOUNDS}
    return [
        f"`{name}` held {most}, and its bound is {BOUNDS[name]}"
        for name, most in largest.items()
        if most > BOUNDS[name]
    ]


def at_rest(before: Sample, after: Sample) -> list[str]:
    """What is left when everybody has gone: nothing that was not there before they came."""
    kinds = ("file descriptors", "tasks", "threads", "processes")
    return [
        f"{after.levels[kind]:.0f} {kind} when everybody has gone, {before.levels[kind]:.0f} before they came"
        for kind in kinds
        if after.levels[kind] > before.levels[kind]
    ]
