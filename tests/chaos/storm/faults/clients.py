"""Faults of clients: slow, gone, or never to be heard of again."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import replace

from storm.caller import Answer
from storm.fault import Scale, fault
from storm.gateway import patience
from storm.line import BrokenOffError, Line, Response
from storm.notes import span
from storm.setting import Setting
from storm.stage import Stage

LIMIT = 2.0
"""Seconds for a head, a body, or the reading of 64 KiB, in the stage's config."""
REPLY_KIB = 4096


@fault(
    "clients-dribble",
    "many clients send heads and bodies one byte at a time",
    "each is answered 408 when its time (2 s) is over; others' calls do not fail",
)
async def _dribble(stage: Stage, scale: Scale) -> None:
    await stage.open()
    began = time.monotonic()
    count = 150 if scale.long else 20
    caller = stage.caller()
    request = caller.request("note", "web", secrets.token_hex(8), {})
    head = request.index(b"\r\n\r\n") + 4
    beginnings = [request[:20], request[: head + 5]]
    ended = await asyncio.gather(*(_one_dribbles(stage, beginnings[turn % 2], request) for turn in range(count)))
    stage.expect(all(status == 408 for status, _ in ended), f"answers were {sorted({one for one, _ in ended})}")
    stage.within(f"{count} clients, each left after", [seconds for _, seconds in ended], LIMIT + 1.5)
    stage.no_failures(stage.load.since(began))


async def _one_dribbles(stage: Stage, beginning: bytes, request: bytes) -> tuple[int, float]:
    line = await Line.to(stage.gateway.port)
    began, response = time.monotonic(), Response(status=0, headers={})
    line.writer.write(beginning)
    reading = asyncio.create_task(line.ask(b"", response))
    rest = request[len(beginning) : len(request) - 2]
    for byte in rest:
        line.writer.write(bytes((byte,)))
        done, _ = await asyncio.wait({reading}, timeout=0.2)
        if done:
            break
    try:
        await reading
    except BrokenOffError:
        response.status = response.status or 0
    line.close()
    return response.status, time.monotonic() - began


@fault(
    "clients-do-not-read",
    "clients ask for megabytes and do not read them",
    "each is left when its time (2 s) is over, with an outcome; memory does not grow; others' calls do not fail",
    short=False,
)
async def _unread(stage: Stage, scale: Scale) -> None:
    await stage.open()
    began = time.monotonic()
    count, told = (8, []) if scale.long else (4, [])
    for _ in range(3):
        most = await _leave_unread(stage, count)
        for _ in patience(5.0):
            if stage.gateway.memory() <= stage.before.memory * 1.05:
                break
            await asyncio.sleep(0.1)
        told.append(f"{most:.0f} MiB at most and {stage.gateway.memory():.0f} afterwards")
        # What an allocator keeps for the next time is not lost; what grows from time to time is.
        stage.before = replace(stage.before, memory=max(stage.before.memory, stage.gateway.memory()))
    stage.measure(f"{count} replies of 4 MiB, three times: {', '.join(told)}")
    stage.no_failures(stage.load.since(began))


async def _leave_unread(stage: Stage, count: int) -> float:
    """Ask for large replies, read nothing until everybody was left; the most memory in MiB meanwhile."""
    lines, nonces = [], []
    for _ in range(count):
        line = await Line.to(stage.gateway.port)
        line.writer.transport.pause_reading()  # type: ignore[attr-defined] # a transport that reads
        nonce = secrets.token_hex(8)
        line.writer.write(stage.caller().request("large", "web", nonce, {"kib": REPLY_KIB}))
        lines.append(line)
        nonces.append(nonce)
    most, began = 0.0, time.monotonic()
    for _ in patience(LIMIT * 3):
        most = max(most, stage.gateway.memory())
        ended = [_end(stage, nonce) for nonce in nonces] if time.monotonic() > began + LIMIT else []
        if ended and all(ended):
            break
        await asyncio.sleep(0.1)
    for line in lines:
        line.close()
    stage.expect(all(ended), f"of {count} calls {sum(map(bool, ended))} have an end")
    return most


def _end(stage: Stage, nonce: str) -> list[object]:
    gone = Answer(nonce=nonce, tool="large", who="alice", server="web", began=0.0)
    return list(stage.books.of(gone).ends)


@fault(
    "clients-leave",
    "clients leave in the middle of their calls and streams",
    "each call is ended, towards the server too, and recorded as aborted",
    setting=Setting(limits={"timeout": "10s"}),
)
async def _leave(stage: Stage, scale: Scale) -> None:
    await stage.open()
    count = 60 if scale.long else 12
    began = time.monotonic()
    left: list[Answer] = []
    for turn in range(count):
        line = await Line.to(stage.gateway.port)
        nonce, tool = secrets.token_hex(8), ("hold", "note")[turn % 2]
        line.writer.write(stage.caller().request(tool, "web", nonce, {"ms": 8000}))
        await asyncio.sleep(0.02)
        if turn % 3 == 0:
            line.writer.transport.abort()
        line.close()
        left.append(Answer(nonce=nonce, tool=tool, who="alice", server="web", began=began))
    await asyncio.sleep(1.0)
    ends = [end for answer in left for end in stage.books.of(answer).ends]
    aborted = [end for end in ends if end.get("status") == "aborted"]
    stage.expect(len(aborted) == len(ends), f"they ended as {sorted({str(end.get('status')) for end in ends})}")
    stage.expect(len(ends) >= count * 0.8, f"only {len(ends)} of {count} calls were recorded")
    stage.no_failures(stage.load.since(began))
    stage.measure(f"{count} clients left, {len(aborted)} calls aborted, all within {span(time.monotonic() - began)}")
