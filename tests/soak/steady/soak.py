"""One soak: a gateway at rest, under load for so long, and at rest again."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from storm.gateway import Nursery, patience
from storm.setting import WEB, Setting
from storm.stage import Stage

from steady.kinds import Novelties
from steady.sample import Sample, at_rest, beyond, trends
from steady.traffic import PARTS, Part, Tally, Traffic
from steady.trend import Trend
from yett.ledger.verify import verify

SERVERS = WEB + "\n  pipe: {{ command: {python}, args: [-I, -S, {canary}, {folder}/effects-pipe, --stdio] }}"
SETTING = Setting(
    servers=SERVERS, surveyed=("web", "pipe"), load=False, limits={"session_idle": "10s", "idle_timeout": "5s"}
)
WARM_UP = 0.25
"""Share of the time that is not judged: tables fill, and an allocator learns what is needed."""
LOOKS = 240
SHORTEST = 0.25
"""Seconds between two looks, at least."""
FEWEST = 20
STRANGERS = 17_000
"""More than any table remembers of what one stranger can send."""
FILLING = 16
CENSUSES = 30
"""Looks that count everything, out of all."""
REST = 30.0
"""Seconds within which the gateway comes to rest: sessions that were left without a word end after 10."""


class _Kind(msgspec.Struct):
    kind: str = ""


@dataclass(frozen=True)
class Finding:
    """What came of it."""

    seconds: float
    samples: Sequence[Sample]
    trends: dict[str, Trend]
    tallies: Sequence[Tally]
    processor: float
    effects: int
    records: Counter[str]
    wrong: Sequence[str]
    """Besides what grows."""

    @property
    def problems(self) -> Sequence[str]:
        """Everything that was not as it should be."""
        return [*_grown(self.trends), *self.wrong]

    @property
    def turns(self) -> int:
        """Of all kinds."""
        return sum(tally.turns for tally in self.tallies)


async def soak(
    folder: Path,
    minutes: float,
    *,
    strangers: int = STRANGERS,
    parts: Sequence[Part] = PARTS,
    show: Callable[[str], None] = lambda _: None,
) -> Finding:
    """Run one, and judge it."""
    async with Nursery() as nursery, Stage(folder, nursery, SETTING, slack=1.0, brief=False) as stage:
        await stage.open()
        await _filled(stage, strangers)
        before = await _rested(stage)
        traffic, began = Traffic(stage, parts), time.monotonic()
        samples: list[Sample] = []
        used = stage.gateway.processor_seconds()
        pause = max(SHORTEST, minutes * 60 / LOOKS)
        every = max(1, int(minutes * 60 / pause / CENSUSES))
        async with traffic:
            while time.monotonic() - began < minutes * 60 or len(samples) < FEWEST:
                await asyncio.sleep(pause)
                census = len(samples) % every == 0
                samples.append(await Sample.of(stage.gateway, stage.proxies, census=census))
                show(f"{time.monotonic() - began:5.0f} s  {traffic.turns:7} turns  {_shown(samples[-1])}")
        seconds = time.monotonic() - began
        used = stage.gateway.processor_seconds() - used
        problems = await _left(stage, before)
        problems += await _ended(stage)
        judged = trends([one for one in samples if one.at - began > WARM_UP * seconds])
        effects, records = await asyncio.to_thread(_effects, folder), await asyncio.to_thread(_records, folder)
        return Finding(
            seconds=seconds,
            samples=samples,
            trends=judged,
            tallies=traffic.tallies,
            processor=used,
            effects=effects,
            records=records,
            wrong=[*beyond(samples), *_wrong(traffic.tallies), *problems, *_unrecorded(effects, records)],
        )


def _shown(sample: Sample) -> str:
    return ", ".join(f"{level:.0f} {name}" for name, level in sample.levels.items())


async def _filled(stage: Stage, strangers: int) -> None:
    """Fill what is remembered of strangers: those tables have bounds, and would grow up to them for a while."""

    async def fill() -> None:
        one = Novelties(stage)
        for _ in range(strangers // FILLING):
            await one.turn()
        one.close()

    await asyncio.gather(*(fill() for _ in range(FILLING)))


async def _rested(stage: Stage) -> Sample:
    """The gateway once it has served each kind of server: what is made when it is first needed has been made."""
    for server in ("web", "pipe"):
        for tool in ("note", "tell"):
            await stage.call(tool, server=server)
    await asyncio.sleep(1.0)
    return await Sample.of(stage.gateway, stage.proxies)


async def _left(stage: Stage, before: Sample) -> list[str]:
    """What is still there when everybody has gone."""
    stage.write_config()
    problems = ["nobody looked"]
    for _ in patience(REST):
        problems = at_rest(before, await Sample.of(stage.gateway, stage.proxies))
        if not problems:
            break
        await asyncio.sleep(0.5)
    return problems


async def _ended(stage: Stage) -> list[str]:
    """Have it end; what was wrong with that, with its log, or with its ledger."""
    await stage.gateway.stop()
    problems = [] if stage.gateway.status == 0 else [f"the gateway ended with {stage.gateway.status}"]
    errors = [line for line in stage.gateway.said().splitlines() if "Traceback" in line or '"level": "error"' in line]
    problems += [f"an error in the log: {line[:300]}" for line in errors[:3]]
    found = (await asyncio.to_thread(verify, stage.folder / "ledger")).problem
    return [*problems, *([f"the chain breaks at `{found.file}` line {found.line}: {found.why}"] if found else [])]


def _effects(folder: Path) -> int:
    return sum(1 for path in folder.glob("effects-*") for _ in _lines(path))


def _records(folder: Path) -> Counter[str]:
    decode = msgspec.json.Decoder(_Kind).decode
    return Counter(decode(line).kind for path in (folder / "ledger").glob("*.jsonl") for line in _lines(path))


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _grown(judged: dict[str, Trend]) -> list[str]:
    return [
        f"{name} grows: {one.grown:.1f} more, and {one.allowed:.1f} are allowed; at least {one.low:.1f} an hour"
        for name, one in judged.items()
        if one.grows
    ]


def _wrong(tallies: Sequence[Tally]) -> list[str]:
    problems = [
        f"{tally.part.what}: {tally.wrong} of {tally.turns} turns went wrong: {'; '.join(tally.examples)}"
        for tally in tallies
        if tally.wrong
    ]
    return problems + [f"{tally.part.what}: never had a turn" for tally in tallies if not tally.turns]


def _unrecorded(effects: int, records: Counter[str]) -> list[str]:
    intents, outcomes = records["intent"], records["outcome"]
    problems = [] if intents == outcomes else [f"{intents} intents and {outcomes} outcomes"]
    return problems if effects <= intents else [*problems, f"{effects} effects and {intents} intents"]
