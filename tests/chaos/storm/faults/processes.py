"""Faults of the gateway's own process: killed, frozen, out of descriptors, its clock set."""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import signal
import time
from pathlib import Path

from storm.caller import FORBIDDEN, Answer, Share
from storm.fault import Scale, fault
from storm.faults import strace
from storm.faults.strace import Strace
from storm.gateway import free_ports
from storm.line import Line
from storm.notes import span
from storm.setting import Setting
from storm.stage import Stage

KILLED = Setting(rate=120.0, mix=(Share(75, "note"), Share(15, "tell"), Share(10, FORBIDDEN)))
TOGETHER = 25
"""Kills between two comparisons of everything: the ledgers are read whole each time."""
FAKETIME = (
    *Path("/usr/lib").glob("*-linux-gnu/faketime/libfaketimeMT.so.1"),
    *Path("/usr/lib64").glob("faketime/libfaketimeMT.so.1"),
    *Path("/usr/lib").glob("faketime/libfaketimeMT.so.1"),
)


@fault(
    "killed",
    "kill -9 at a random moment under load (`durability: write`)",
    "0 effects without an earlier record, the chain verifies at each start, a torn end is marked",
    setting=KILLED,
    killed=True,
)
async def _killed(stage: Stage, scale: Scale) -> None:
    await _kill_again_and_again(stage, scale, scale.kills - scale.kills // 4)


@fault(
    "killed-fsync",
    "kill -9 at a random moment under load (`durability: fsync`)",
    "the same",
    setting=Setting(durability="fsync", rate=KILLED.rate, mix=KILLED.mix),
    killed=True,
)
async def _killed_fsync(stage: Stage, scale: Scale) -> None:
    await _kill_again_and_again(stage, scale, scale.kills // 4)


async def _kill_again_and_again(stage: Stage, scale: Scale, kills: int) -> None:
    chance = random.Random(scale.seed)
    totals = Totals()
    for turn in range(1, kills + 1):
        if turn % TOGETHER == 1 and turn > 1:
            _begin_anew(stage)
        await stage.gateway.start()
        if turn == 1:
            await stage.gateway.surveyed("web")
        before = len(stage.load.answers)
        stage.load.start()
        await _some_answers(stage, before)
        await asyncio.sleep(chance.random() * 0.25)
        await stage.gateway.kill()
        await stage.load.stop()
        if chance.random() < 0.2:
            _tear(stage, chance)
            totals.torn += 1
        if turn % TOGETHER == 0 or turn == kills:
            await _compare(stage, totals)
    stage.measure(f"{kills} kills, {totals.effects} effects, all with an earlier intent")
    if stage.setting.durability == "fsync":
        stage.measure(f"{totals.forgotten} answered refusals were not kept yet")
    stage.measure(f"{totals.open} intents without an end; {totals.torn} torn ends, {totals.marked} marked")
    stage.expect(totals.marked >= totals.torn, f"of {totals.torn} torn ends {totals.marked} are marked")
    stage.expect(totals.effects > kills, f"only {totals.effects} effects in {kills} kills")


class Totals:
    """Sums over all comparisons."""

    def __init__(self) -> None:
        self.effects = 0
        self.open = 0
        self.forgotten = 0
        self.torn = 0
        self.marked = 0


async def _some_answers(stage: Stage, before: int) -> None:
    """Wait until calls get through, so that there is something to kill."""
    for _ in range(1000):
        if any(answer.fate == "success" for answer in stage.load.answers[before:]):
            return
        await asyncio.sleep(0.005)
    stage.expect(False, "no call succeeded after a restart")


def _tear(stage: Stage, chance: random.Random) -> None:
    """Leave what a write leaves that was cut short: the beginning of the next record, which nobody was promised."""
    newest = max((stage.folder / "ledger").glob("*.jsonl"))
    last = newest.read_bytes().split(b"\n")[-2]
    begun = b'{"seq":%d,"prev":"%b"' % (json.loads(last)["seq"] + 1, json.loads(last)["hash"].encode())
    with newest.open("ab") as file:
        file.write((begun + b',"kind":"intent","at":"')[: chance.randrange(1, 100)])


async def _compare(stage: Stage, totals: Totals) -> None:
    """Start once more, so that what was torn is marked, and compare."""
    await stage.gateway.start()
    await stage.gateway.kill()
    finding = await stage.compared(killed=True)
    stage.problems += finding.problems
    totals.effects += finding.effects
    totals.open += finding.unended
    totals.forgotten += finding.forgotten
    totals.marked += len(stage.books.events("torn"))


def _begin_anew(stage: Stage) -> None:
    """New ledgers on all three sides."""
    stage.load.answers.clear()
    stage.extra.clear()
    for path in (stage.folder / "ledger").glob("*.jsonl"):
        path.unlink()
    for path in stage.folder.glob("effects-*"):
        os.truncate(path, 0)


@fault(
    "killed-within-write",
    "killed after the kernel took a part of a record, before the rest was taken back",
    "the torn end that this leaves is marked at the next start, and the chain goes on",
    setting=Setting(load=False),
    killed=True,
    needs=strace.missing,
)
async def _killed_within(stage: Stage, scale: Scale) -> None:
    turns = 5 if scale.long else 1
    for turn in range(turns):
        await stage.gateway.start()
        await stage.gateway.surveyed("web")
        await stage.until_well()
        newest = max((stage.folder / "ledger").glob("*.jsonl"))
        async with Strace(stage.gateway.pid, "ftruncate:error=EIO:signal=SIGKILL"):
            stage.gateway.limit(resource.RLIMIT_FSIZE, newest.stat().st_size + 100 + 31 * turn)
            answer = await stage.call("note")
            await stage.gateway.ended()
        stage.expect(answer.fate == "broken", f"the call is {answer.fate}")
        stage.expect(not newest.read_bytes().endswith(b"\n"), "the end is not torn")
    await stage.gateway.start()
    await stage.gateway.stop()
    torn = stage.books.events("torn")
    stage.measure(f"{turns} ends torn by the kernel itself, {len(torn)} marked")
    stage.expect(len(torn) == turns, f"{len(torn)} torn ends are marked, of {turns}")


@fault(
    "frozen",
    "the process stands still for 3 s (SIGSTOP, SIGCONT) under load",
    "calls go on afterwards; nothing is denied or lost because of the time that passed",
)
async def _frozen(stage: Stage, scale: Scale) -> None:
    await stage.open()
    began = time.monotonic()
    for _ in range(2 if scale.long else 1):
        stage.gateway.send(signal.SIGSTOP)
        await asyncio.sleep(3.0 if scale.long else 1.5)
        stage.gateway.send(signal.SIGCONT)
        stage.within("well again after", await stage.until_well(), 1.0)
        await asyncio.sleep(0.5)
    # What was under way may have run into its time limit towards the server, and is told so.
    answers = stage.load.since(began)
    denied = [one for one in answers if one.fate == "refused" and one.status in (401, 403) and one.who == "alice"]
    stage.expect(not denied, f"{len(denied)} calls were denied")
    broken = [one for one in answers if one.fate == "broken"]
    stage.expect(not broken, f"{len(broken)} calls were broken off")
    stage.measure(f"{len(answers)} calls, {len(broken)} broken off")


@fault(
    "no-descriptors",
    "the process may open no more files (prlimit)",
    "open connections are served, nothing spins (under 50% of a CPU), nobody gets in who may not; well with more",
)
async def _no_descriptors(stage: Stage, scale: Scale) -> None:
    await stage.open()
    await asyncio.sleep(0.5)
    lines: list[Line] = []
    for turn in range(2 if scale.long else 1):
        before = stage.gateway.limit(resource.RLIMIT_NOFILE, sum((await stage.gateway.look())[1:]) + 2)
        began, used = time.monotonic(), stage.gateway.processor_seconds()
        lines += [await Line.to(stage.gateway.port) for _ in range(80)]
        await asyncio.sleep(4.0 if scale.long else 2.0)
        seconds = time.monotonic() - began
        share = (stage.gateway.processor_seconds() - used) / seconds
        answers = stage.load.since(began)
        stage.gateway.limit(resource.RLIMIT_NOFILE, before)
        stage.within("well again after", await stage.until_well(), 1.5)
        succeeded = [one for one in answers if one.fate == "success"]
        wrong = [one for one in answers if one.fate == "success" and one.who == "mallory"]
        stage.expect(succeeded, "no call succeeded over the open connections")
        stage.expect(not wrong, "somebody got in who may not")
        broken = [one for one in answers if one.fate == "broken"]
        stage.expect(not broken, f"{len(broken)} calls were broken off")
        refused = [one for one in answers if one.fate == "refused" and one.tool != FORBIDDEN and one.who == "alice"]
        stage.measure(f"{len(succeeded)} calls succeeded, {len(refused)} got an error, {share:.0%} of a CPU")
        stage.expect(share < 0.5 * stage.slack, f"{share:.0%} of a CPU were used")
        if turn == 0:
            stage.expect("wire.accept-paused" in stage.gateway.said(), "accepting never paused: nothing was exhausted")
        for line in lines:
            line.close()
        lines.clear()


def no_faketime() -> str:
    """Why the clock cannot be set; empty when it can."""
    return "" if FAKETIME else "no `libfaketime` (apt-get install libfaketime)"


@fault(
    "clock-set",
    "the wall clock is set: an hour ahead, an hour back, a day ahead, and right again",
    "no call fails; limits neither start anew nor block; an expired token is refused; the chain verifies, and says so",
    setting=Setting(limits={"user": "60/h"}, load=False),
    needs=no_faketime,
)
async def _clock(stage: Stage, scale: Scale) -> None:
    del scale
    offset = stage.folder / "clock"
    offset.write_text("+0\n", "ascii")
    stage.gateway.environment = {
        "LD_PRELOAD": str(FAKETIME[0]),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",
        "NO_FAKE_STAT": "1",
    }
    stage.tokens["late"] = stage.new_token("bob", expires=float(int(time.time()) + 1800))
    await stage.gateway.start()
    await stage.gateway.surveyed("web")
    answers: list[Answer] = [await stage.call("note")]
    spent = [await stage.call("note", who="bob") for _ in range(62)]
    stage.expect(spent[-1].fate == "refused", "bob's calls are not counted")
    late = [(await stage.call("note", who="late")).status]
    for step in ("+3600", "-3600", "+86400", "+0"):
        offset.write_text(step + "\n", "ascii")
        answers += [await stage.call(tool) for tool in ("note", "tell", "note")]
        late.append((await stage.call("note", who="late")).status)
        stage.expect((await stage.call("note", who="bob")).fate == "refused", f"at {step} the limits began anew")
    stage.no_failures(answers)
    stage.expect([status == 401 for status in late] == [False, True, False, True, False], f"late's answers: {late}")
    notes = [note for note in stage.books.verification().notes if "set back" in note]
    stage.expect(len(notes) == 2, f"the verification's notes are {notes}")
    stage.measure(f"the token that expires in half an hour: {late}; {len(notes)} steps back noted by `verify`")


@fault(
    "two-writers",
    "a second gateway is started on the ledger of a running one",
    "it does not start, exit status 2; the first one's calls do not fail",
)
async def _two_writers(stage: Stage, scale: Scale) -> None:
    del scale
    await stage.open()
    began = time.monotonic()
    path = stage.folder / "yett.yaml"
    mine = path.read_text("utf-8")
    first, second = stage.gateway, stage.another_gateway()
    path.write_text(
        mine.replace(str(first.port), str(second.port)).replace(str(first.admin_port), str(free_ports(1)[0]))
    )
    await second.launch()
    status = await second.ended()
    path.write_text(mine)
    stage.expect(status == 2, f"the exit status was {status}")
    stage.expect("another process writes the ledger" in second.said(), f"it said {second.said()}")
    await asyncio.sleep(0.3)
    stage.no_failures(stage.load.since(began))
    stage.measure(f"refused after {span(time.monotonic() - began)}")
