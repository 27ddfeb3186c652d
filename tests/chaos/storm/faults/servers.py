"""Faults of servers behind a URL, and of the way to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from storm.caller import Answer, Share
from storm.fault import Scale, fault
from storm.gateway import patience
from storm.notes import span
from storm.proxy import Silence
from storm.setting import WEB, Setting
from storm.stage import Stage

AT_ONCE = 16
UNREACHABLE = WEB + "\n  dead: {{ url: http://127.0.0.1:1/mcp }}"


@fault(
    "server-refuses",
    "the server refuses connections",
    "an error within 50 ms; nothing is sent twice; calls succeed at once when it is back",
)
async def _refuses(stage: Stage, scale: Scale) -> None:
    await stage.open()
    await stage.proxy.refuse()
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await asyncio.sleep(2.0 if scale.long else 0.7)
    refused = _calls(stage.load.since(began), "note", "tell")
    await stage.proxy.start()
    took = await stage.until_well()
    stage.expect(all(one.fate == "refused" for one in refused), f"answers were {_fates(refused)}")
    stage.within("error after", [one.seconds for one in refused], 0.05)
    stage.within("well again after", took, 1.0)


@fault(
    "server-unreachable",
    "connecting hangs for a server whose tools were never known",
    "an error within 5 s, when asking for its tools has failed; another server's calls are not affected",
    setting=Setting(servers=UNREACHABLE),
)
async def _unreachable(stage: Stage, scale: Scale) -> None:
    silence = Silence()
    try:
        stage.write_config(lambda text: text.replace("127.0.0.1:1/", f"127.0.0.1:{silence.port}/"))
        await stage.open()
        began = time.monotonic()
        hung = await asyncio.gather(*(stage.call("note", server="dead") for _ in range(AT_ONCE if scale.long else 4)))
        others = stage.load.since(began)
    finally:
        silence.close()
    # Its tools are not known, so nothing may be called: a call waits for the survey and goes no further.
    stage.expect(all(one.fate == "refused" for one in hung), f"answers were {_fates(hung)}")
    stage.within("error after", [one.seconds for one in hung], 5.0)
    stage.no_failures(others)


@fault(
    "server-vanishes",
    "connecting hangs for a server whose tools are known",
    "an error when the connect timeout (1 s) is over; calls succeed when it is back",
)
async def _vanishes(stage: Stage, scale: Scale) -> None:
    await stage.open()
    port = stage.proxy.port
    await stage.proxy.refuse()
    silence = Silence(port)
    try:
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await asyncio.sleep(4.0 if scale.long else 1.5)
    finally:
        silence.close()
    await stage.proxy.start()
    took = await stage.until_well()
    hung = [one for one in _calls(stage.load.since(began), "note", "tell") if one.ended < began + 4.0]
    stage.expect(all(one.fate == "refused" for one in hung), f"answers were {_fates(hung)}")
    stage.within("error after", [one.seconds for one in hung], 1.3)
    stage.within("well again after", took, 2.0)


@fault(
    "server-silent",
    "the server takes requests and says nothing (black hole)",
    "an error when the timeout (2 s) is over; calls succeed at once when it speaks again",
)
async def _silent(stage: Stage, scale: Scale) -> None:
    await stage.open()
    stage.proxy.mode = "hole"
    await asyncio.sleep(0.2)  # what was being answered ends
    hung = await asyncio.gather(*(stage.call("note") for _ in range(AT_ONCE if scale.long else 4)))
    stage.proxy.mode = "pass"
    stage.proxy.reset()
    took = await stage.until_well()
    stage.expect(all(one.fate == "refused" for one in hung), f"answers were {_fates(hung)}")
    stage.expect(min(one.seconds for one in hung) > 1.5, "an error came before the timeout was over")
    stage.within("error after", [one.seconds for one in hung], 2.6)
    stage.within("well again after", took, 1.0)


@fault(
    "server-resets",
    "every connection is reset while calls run",
    "each call under way gets an error; nothing is sent twice; calls succeed at once afterwards",
)
async def _resets(stage: Stage, scale: Scale) -> None:
    await stage.open()
    began = time.monotonic()
    times = 20 if scale.long else 4
    took = []
    for _ in range(times):
        holding = [asyncio.create_task(stage.call("hold", ms=5000)) for _ in range(2)]
        await stage.held(len(holding))
        stage.proxy.reset()
        broken = time.monotonic()
        held = await asyncio.gather(*holding)
        took += [one.ended - broken for one in held]
        stage.expect(all(one.fate == "refused" for one in held), f"answers were {_fates(held)}")
    stage.proxy.mode = "reset"
    await asyncio.sleep(0.3)
    stage.proxy.mode = "pass"
    stage.within("well again after", await stage.until_well(), 1.0)
    stage.within("error after", took, 0.1)
    stage.expect(not [one for one in stage.load.since(began) if one.fate == "broken"], "calls were broken off")


@fault(
    "stream-cut",
    "a stream is cut at each event boundary, and one byte before and after it: RST, FIN, stall",
    "an error that says so, never an end that looks whole; a success only where the whole reply had come",
)
async def _cut(stage: Stage, scale: Scale) -> None:
    await stage.open()
    recorded = await stage.call("tell", plan="record@0")
    stage.expect(recorded.fate == "success", f"the stream does not work: {recorded.why}")
    raw = stage.proxy.recorded
    head = raw.index(b"\r\n\r\n") + 4
    ends = [head, *(at + 2 for at in range(len(raw)) if raw.startswith(b"\n\n", at))]
    points = sorted({1, head // 2, *(end + step for end in ends for step in (-1, 0, 1))})
    if not scale.long:
        points = [1, head, ends[1], *(ends[-1] + step for step in (-1, 0, 1))]
    cuts = [(how, at) for at in points for how in ("rst", "fin", "stall")]
    answers = await _side_by_side(stage, [f"{how}@{at}" for how, at in cuts])
    for (how, at), answer in zip(cuts, answers, strict=True):
        whole = at >= ends[-1]
        stage.expect(
            answer.fate == ("success" if whole else "refused"),
            f"{how} at byte {at} (the reply ends at {ends[-1]}): {answer.fate}, {answer.why}",
        )
        if not whole:
            status = stage.books.of(answer).ends[-1:]
            stage.expect(status and status[0].get("status") == "failed", f"{how} at {at}: the outcome is {status}")
    stage.measure(
        f"{len(cuts)} cuts at {len(points)} places, {sum(one.fate == 'success' for one in answers)} successes"
    )


@fault(
    "bytes-corrupted",
    "one byte of a response becomes 0x00 or 0xff, at every position",
    "an error, or the very reply that was meant; nothing corrupted is passed on",
)
async def _corrupted(stage: Stage, scale: Scale) -> None:
    await stage.open()
    counts: dict[str, int] = {}
    for tool in ("note", "tell"):
        await stage.call(tool, plan="record@0")
        size = len(stage.proxy.recorded)
        plans = [f"{how}@{at}" for at in range(0, size, 1 if scale.long else 23) for how in ("nul", "ff")]
        for answer in await _side_by_side(stage, plans, tool):
            counts[answer.fate] = counts.get(answer.fate, 0) + 1
    stage.expect(set(counts) <= {"success", "refused"}, f"answers were {counts}")
    stage.measure(
        f"{sum(counts.values())} positions: {counts.get('refused', 0)} errors, {counts.get('success', 0)} whole"
    )


@fault("server-drips", "responses come one byte at a time", "every reply arrives whole, byte for byte", short=False)
async def _drips(stage: Stage, scale: Scale) -> None:
    await stage.open()
    plans = ["drip@5"] * (40 if scale.long else 6)
    answers = [*await _side_by_side(stage, plans, "note"), *await _side_by_side(stage, plans, "tell")]
    stage.no_failures(answers)
    stage.expect(all(one.events == 5 for one in answers if one.tool == "tell"), "events are missing")


@fault(
    "server-drips-on",
    "a response drips on and would never end",
    "an error when the deadline of the call (4 s) is over",
    setting=Setting(limits={"deadline": "4s"}),
    short=False,
)
async def _drips_on(stage: Stage, scale: Scale) -> None:
    del scale
    await stage.open()
    # 10 ms a byte: the head comes within its own time limit, and the body is never silent for long.
    answers = [await stage.call("note", plan="drip@100")]
    stage.expect(answers.pop().seconds < 4.0, "a response that drips and ends does not arrive")
    for tool in ("tell", "large"):
        answers += await asyncio.gather(*(stage.call(tool, plan="drip@100", kib=4) for _ in range(4)))
    stage.expect(all(one.fate == "refused" for one in answers), f"answers were {_fates(answers)}")
    stage.within("error after", [one.seconds for one in answers], 4.6)


@fault(
    "one-of-two-dead",
    "two servers, one of them takes requests and says nothing",
    "calls of the other one: none fails, p99 at most 2x of before, and 50 ms",
    setting=Setting(servers=UNREACHABLE, mix=(Share(80, "note"), Share(20, "tell"))),
    short=False,
)
async def _one_dead(stage: Stage, scale: Scale) -> None:
    second = await stage.second_server()
    stage.write_config(lambda text: text.replace("127.0.0.1:1/", f"127.0.0.1:{second.port}/"))
    await stage.open()
    await stage.gateway.surveyed("dead")
    seconds = 6.0 if scale.long else 2.0
    began = time.monotonic()
    await asyncio.sleep(seconds)
    before = stage.load.since(began)
    second.mode = "hole"
    began = time.monotonic()
    hanging = [asyncio.create_task(_hang(stage, began + seconds)) for _ in range(AT_ONCE)]
    await asyncio.sleep(seconds)
    during = stage.load.since(began)
    hung = [answer for some in await asyncio.gather(*hanging) for answer in some]
    stage.extra += hung
    stage.expect(all(one.fate == "refused" for one in hung), f"the dead server's answers were {_fates(hung)}")
    stage.no_failures(during)
    stage.measure(f"p50 {span(_percentile(before, 50))} before, {span(_percentile(during, 50))} meanwhile")
    p99 = _percentile(before, 99), _percentile(during, 99)
    stage.measure(f"p99 {span(p99[0])} before, {span(p99[1])} meanwhile, {len(hung)} calls of the dead one")
    stage.expect(p99[1] <= (p99[0] * 2 + 0.05) * stage.slack, "the other server's calls became slower")


async def _hang(stage: Stage, until: float) -> list[Answer]:
    caller = stage.caller("bob")
    answers = [await caller.call("note", server="dead") for _ in patience(until - time.monotonic())]
    caller.close()
    return answers


async def _side_by_side(stage: Stage, plans: Sequence[str], tool: str = "tell") -> list[Answer]:
    """One call for each plan, some at once."""
    places = asyncio.Semaphore(AT_ONCE * 2)

    async def one(plan: str) -> Answer:
        async with places:
            return await stage.call(tool, plan=plan)

    return list(await asyncio.gather(*(one(plan) for plan in plans)))


def _calls(answers: Sequence[Answer], *tools: str) -> list[Answer]:
    return [one for one in answers if one.tool in tools and one.who != "mallory"]


def _fates(answers: Sequence[Answer]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in answers:
        found[f"{one.fate} {one.why[:60]}"] = found.get(f"{one.fate} {one.why[:60]}", 0) + 1
    return found


def _percentile(answers: Sequence[Answer], share: int) -> float:
    times = sorted(one.seconds for one in answers)
    return times[min(len(times) - 1, len(times) * share // 100)] if times else 0.0
