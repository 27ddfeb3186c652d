"""What a proxy adds to the time of a call when nothing else is under way, from a client that waits for each answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Final

from yardstick import call
from yardstick.load import Shot, Target, checked
from yardstick.paced import paced
from yardstick.programs import BenchError
from yardstick.rounds import in_turn, median, percentile
from yardstick.row import Row, shown
from yardstick.stage import Stage
from yardstick.volley import Lane

_GROUP: Final = "added latency, one call at a time"
_P50_GOAL: Final = 2.0
_P99_GOAL: Final = 3.0
_MICRO: Final = 1e6


def latency(stage: Stage) -> Iterator[Row]:
    """Direct, through nginx, through Yett: blocks of calls in turn; of each block the p50 and the p99, then medians."""
    content = call.sized(call.BODY_BYTES)
    with ExitStack() as stack:
        server = stack.enter_context(stage.server())
        targets = [
            Target("direct", server, "/mcp", 0, "none"),
            stack.enter_context(stage.nginx(server)),
            stack.enter_context(stage.yett(server)),
        ]
        blocks = {}
        for target in targets:
            lane = Lane(target.port)
            stack.callback(lane.close)
            request = call.request(target.port, target.path, target.token, content)
            timed(lane, request, 300)
            blocks[target.name] = partial(timed, lane, request, 400)
        found = in_turn(blocks, stage.rounds(30))
    for percent, goal in ((50, _P50_GOAL), (99, _P99_GOAL)):
        yield added(percent, {name: at(percent, several) for name, several in found.items()}, goal)


def halfway(stage: Stage) -> Iterator[Row]:
    """The same at a fixed rate, half of what the gateway can do on one core."""
    shot = Shot(call.sized(call.BODY_BYTES))
    with ExitStack() as stack:
        server = stack.enter_context(stage.server())
        yett = stack.enter_context(stage.yett(server))
        targets = [Target("direct", server, "/mcp", 0, "none"), stack.enter_context(stage.nginx(server)), yett]
        rate = median([stage.load.run(yett, shot, 1).rate for _ in range(2)]) / 2
        runs = {target.name: partial(_steadily, target, shot, rate, stage.seconds(1)) for target in targets}
        found = in_turn(runs, stage.rounds(5))
    for percent in (50, 99):
        row = added(percent, {name: at(percent, several) for name, several in found.items()}, None)
        yield replace(row, group="added latency, half of the possible calls", what=f"p{percent} at {rate:,.0f} calls/s")


def _steadily(target: Target, shot: Shot, rate: float, seconds: float) -> list[float]:
    request = call.request(target.port, target.path, target.token, shot.content)
    return paced(target.port, request, checked(target, shot), rate=rate, seconds=seconds)


def timed(lane: Lane, request: bytes, calls: int) -> list[float]:
    """The seconds that each of so many calls took."""
    took = []
    clock = time.perf_counter
    for _ in range(calls):
        began = clock()
        lane.send(request)
        lane.answer()
        took.append(clock() - began)
    return took


def at(percent: int, blocks: list[list[float]]) -> float:
    """A percentile in microseconds: the median of the blocks'. One disturbed block does not count."""
    return median([percentile(block, percent) for block in blocks]) * _MICRO


def added(percent: int, took: dict[str, float], goal: float | None) -> Row:
    """What Yett adds beside what nginx adds."""
    mine, theirs = took["yett"] - took["direct"], took["nginx"] - took["direct"]
    if theirs <= 0:
        raise BenchError(f"nginx adds nothing to the p{percent}: the machine is too busy for this measure")
    return Row(
        group=_GROUP,
        what=f"p{percent}",
        measured=f"{shown(mine)} µs beside {shown(theirs)} µs, on {shown(took['direct'])} µs without a proxy",
        ratio=mine / theirs,
        value=mine / theirs,
        goal=goal,
        unit="x",
        numbers=took,
    )
