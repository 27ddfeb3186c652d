"""All kinds of traffic side by side, and a tally of what became of each."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

from storm.stage import Stage

from steady.kinds import Calls, Kind, Leavers, Listener, Novelties, Reloads, Sessions, Strangers

SHOWN = 3


@dataclass(frozen=True)
class Part:
    """One kind: so many side by side, each with such a pause between two turns."""

    what: str
    make: Callable[[Stage], Kind]
    clients: int
    pause: float


PARTS: Sequence[Part] = (
    Part("modern, JSON, HTTP server", lambda stage: Calls(stage, "note"), 6, 0.15),
    Part("modern, event stream, HTTP server", lambda stage: Calls(stage, "tell"), 3, 0.25),
    Part("modern, JSON, process", lambda stage: Calls(stage, "note", "pipe"), 3, 0.15),
    Part("modern, event stream, process", lambda stage: Calls(stage, "tell", "pipe"), 1, 0.25),
    Part("modern, replies of 256 KiB", lambda stage: Calls(stage, "large", kib=256), 1, 1.0),
    Part("refused: a tool that no role has", lambda stage: Calls(stage, "secret", fate="refused"), 2, 0.25),
    Part("refused: another gateway's token", lambda stage: Calls(stage, "note", who="mallory", fate="refused"), 1, 0.5),
    Part("refused: tools and tokens that never came before", Novelties, 1, 0.5),
    Part("no HTTP, no JSON, nowhere, half a request", Strangers, 1, 0.2),
    Part("legacy sessions, HTTP server", lambda stage: Sessions(stage, "web", listen=1.0), 2, 0.5),
    Part("legacy sessions, a process each", lambda stage: Sessions(stage, "pipe", listen=1.0), 1, 3.0),
    Part("hang-ups in a stream, HTTP server", lambda stage: Leavers(stage, "web"), 2, 0.5),
    Part("hang-ups in a stream, process", lambda stage: Leavers(stage, "pipe"), 1, 0.5),
    Part("idle streams, left after 20 s", lambda stage: Listener(stage, 20.0), 20, 0.5),
    Part("reloads, one in three wrong", Reloads, 1, 5.0),
)


@dataclass
class Tally:
    """How often a part had its turn, and what went wrong."""

    part: Part
    turns: int = 0
    wrong: int = 0
    examples: list[str] = field(default_factory=list)

    def note(self, problem: str) -> None:
        """Count one turn."""
        self.turns += 1
        if problem:
            self.wrong += 1
            if len(self.examples) < SHOWN:
                self.examples.append(problem)


class Traffic:
    """Runs within `async with`; when it is left, every turn under way ends first."""

    def __init__(self, stage: Stage, parts: Sequence[Part] = PARTS) -> None:
        self.tallies = [Tally(part) for part in parts]
        self._stage = stage
        self._stopping = asyncio.Event()
        self._random = random.Random(11)
        self._clients: list[Kind] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        for tally in self.tallies:
            clients = [tally.part.make(self._stage) for _ in range(tally.part.clients)]
            self._clients += clients
            self._tasks += [asyncio.create_task(self._go_on(tally, client)) for client in clients]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        for client in self._clients:
            client.hurry()
        await asyncio.gather(*self._tasks)

    @property
    def turns(self) -> int:
        """How many there were so far."""
        return sum(tally.turns for tally in self.tallies)

    async def _go_on(self, tally: Tally, client: Kind) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    tally.note(await client.turn())
                except OSError as error:
                    tally.note(f"{type(error).__name__}: {error}")
                await self._rest(tally.part.pause * (0.5 + self._random.random()))
        finally:
            client.close()

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
