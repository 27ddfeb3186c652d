"""Faults of servers that are processes."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

from storm.caller import Answer, Share
from storm.fault import Scale, fault
from storm.gateway import patience
from storm.setting import WEB, Setting
from storm.stage import Stage

PIPE = WEB + "\n  pipe: {{ command: {python}, args: [-I, -S, {canary}, {folder}/effects-pipe, --stdio] }}"
LOOPING = WEB + "\n  pipe: {{ command: {python}, args: [-I, -S, -c, \"import os; open('starts', 'a').write('.')\"] }}"
MIX = (Share(60, "note"), Share(20, "note", server="pipe"), Share(10, "tell", server="pipe"), Share(10, "secret"))


def below(pid: int) -> list[int]:
    """A process's descendants."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        children = [int(child) for child in path.read_text("ascii").split()]
    except OSError:
        return []
    return [*children, *(descendant for child in children for descendant in below(child))]


def servers(stage: Stage) -> list[int]:
    """The server processes of the gateway: the leaves below it."""
    return [pid for pid in below(stage.gateway.pid) if not below(pid)]


@fault(
    "child-dies",
    "a server process is killed while calls run in it",
    "calls under way get an error within 100 ms, another server's are not affected; it is started again; no zombies",
    setting=Setting(servers=PIPE, mix=MIX, surveyed=("web", "pipe")),
)
async def _dies(stage: Stage, scale: Scale) -> None:
    await stage.open()
    began = time.monotonic()
    errors, starts = [], []
    for _ in range(6 if scale.long else 2):
        await stage.until_well(server="pipe")
        holding = [asyncio.create_task(stage.call("hold", server="pipe", ms=9000)) for _ in range(3)]
        await stage.held(len(holding))
        killed = time.monotonic()
        for pid in servers(stage):
            os.kill(pid, signal.SIGKILL)
        held = await asyncio.gather(*holding)
        errors += [one.ended - killed for one in held]
        stage.expect(all(one.fate == "refused" for one in held), f"answers were {[one.why for one in held]}")
        starts.append(await stage.until_well(server="pipe"))
    others = [one for one in stage.load.since(began) if one.server == "web"]
    stage.within("error after", errors, 0.2)  # 100 ms, and what the answer takes on a busy machine
    stage.within("started again after", starts, 2.5)
    stage.no_failures(others)


@fault(
    "child-loops",
    "a server process ends as soon as it is started, again and again",
    "errors, without starting it for each call; another server's calls are not affected",
    setting=Setting(servers=LOOPING, mix=MIX),
    short=False,
)
async def _loops(stage: Stage, scale: Scale) -> None:
    await stage.open()
    began = time.monotonic()
    answers: list[Answer] = []
    for _ in patience(12.0 if scale.long else 3.0):
        answers += await asyncio.gather(*(stage.call("note", server="pipe") for _ in range(4)))
        await asyncio.sleep(0.1)
    seconds = time.monotonic() - began
    starts = (stage.folder / "starts").stat().st_size
    stage.expect(all(one.fate == "refused" for one in answers), "a call succeeded")
    stage.measure(f"{len(answers)} calls in {seconds:.0f} s, the process was started {starts} times")
    stage.expect(starts <= 8 + seconds, f"it was started {starts} times in {seconds:.0f} s")
    stage.no_failures([one for one in stage.load.since(began) if one.server == "web"])


@fault(
    "children-outlive",
    "the gateway is killed while server processes run",
    "none of them is left after 5 s",
    setting=Setting(servers=PIPE, mix=MIX, surveyed=("web", "pipe")),
    killed=True,
)
async def _outlive(stage: Stage, scale: Scale) -> None:
    took = []
    for _ in range(5 if scale.long else 1):
        await stage.gateway.start()
        await stage.gateway.surveyed("web", "pipe")
        await stage.until_well(server="pipe")
        left = below(stage.gateway.pid)
        stage.expect(len(left) > 0, "there is no server process")
        await stage.gateway.kill()
        began = time.monotonic()
        for _ in patience(8.0):
            left = [pid for pid in left if _lives(pid)]
            if not left:
                break
            await asyncio.sleep(0.02)
        stage.expect(not left, f"{len(left)} processes are left")
        took.append(time.monotonic() - began)
    stage.within("all gone after", took, 5.0)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
