"""Everything at once: small faults in random order on one gateway, which has to come through it."""

from __future__ import annotations

import asyncio
import random
import resource
import secrets
import signal
import time
from collections import Counter

from storm.fault import Scale, fault
from storm.line import Line
from storm.stage import Stage

SECONDS = 60.0


@fault(
    "everything",
    "a minute of small faults in random order on one gateway, two at a time",
    "the invariants, and every call is answered",
    short=False,
)
async def _everything(stage: Stage, scale: Scale) -> None:
    await stage.open()
    chance = random.Random(scale.seed)
    until = time.monotonic() + SECONDS
    done: Counter[str] = Counter()

    async def one_after_the_other(faults: tuple[str, ...]) -> None:
        while time.monotonic() < until:
            name = chance.choice(faults)
            done[name] += 1
            await SMALL[name](stage, chance)
            await asyncio.sleep(chance.random() * 0.5)

    await asyncio.gather(one_after_the_other(("refuse", "hole", "reset")), one_after_the_other(INSIDE))
    stage.proxy.mode = "pass"
    await stage.proxy.start()
    stage.write_config()
    await stage.gateway.reload()
    stage.within("well again after", await stage.until_well(), 5.0)
    stage.measure(", ".join(f"{name} {count}" for name, count in sorted(done.items())))
    broken = [one for one in stage.load.answers if one.fate == "broken"]
    stage.expect(not broken, f"{len(broken)} calls were broken off")
    stage.measure(f"{len(stage.load.answers)} calls")


async def _refuse(stage: Stage, chance: random.Random) -> None:
    await stage.proxy.refuse()
    await asyncio.sleep(chance.random())
    await stage.proxy.start()


async def _hole(stage: Stage, chance: random.Random) -> None:
    stage.proxy.mode = "hole"
    await asyncio.sleep(chance.random() * 3)
    stage.proxy.mode = "pass"
    stage.proxy.reset()


async def _reset(stage: Stage, chance: random.Random) -> None:
    stage.proxy.mode = "reset"
    stage.proxy.reset()
    await asyncio.sleep(chance.random())
    stage.proxy.mode = "pass"


async def _disk(stage: Stage, chance: random.Random) -> None:
    before = stage.gateway.limit(resource.RLIMIT_FSIZE, 1)
    await asyncio.sleep(chance.random())
    stage.gateway.limit(resource.RLIMIT_FSIZE, before)


async def _freeze(stage: Stage, chance: random.Random) -> None:
    stage.gateway.send(signal.SIGSTOP)
    await asyncio.sleep(chance.random())
    stage.gateway.send(signal.SIGCONT)


async def _reload(stage: Stage, chance: random.Random) -> None:
    mark = chance.random()
    stage.write_config(more=f"# {mark}\n" if mark < 0.7 else "rolse: {}\n")
    await stage.gateway.reload()


async def _squeeze(stage: Stage, chance: random.Random) -> None:
    before = stage.gateway.limit(resource.RLIMIT_NOFILE, stage.before.descriptors + 10)
    await asyncio.sleep(chance.random())
    stage.gateway.limit(resource.RLIMIT_NOFILE, before)


async def _leave(stage: Stage, chance: random.Random) -> None:
    for _ in range(5):
        try:
            line = await asyncio.wait_for(Line.to(stage.gateway.port), 1)
        except (OSError, TimeoutError):
            continue
        line.writer.write(stage.caller().request("hold", "web", secrets.token_hex(8), {"ms": 1500}))
        await asyncio.sleep(chance.random() * 0.2)
        line.close()


SMALL = {
    "refuse": _refuse,
    "hole": _hole,
    "reset": _reset,
    "disk": _disk,
    "freeze": _freeze,
    "reload": _reload,
    "squeeze": _squeeze,
    "leave": _leave,
}
INSIDE = ("disk", "freeze", "reload", "squeeze", "leave")
