"""The ledger: what a record costs, and what it costs to wait for the disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yardstick import call
from yardstick.interpreter import inside
from yardstick.load import Shot
from yardstick.rounds import median
from yardstick.row import Row, bounded, shown
from yardstick.stage import Stage

_GROUP: Final = "ledger"
_RECORD_GOAL: Final = 4.0
_DURABLE_GOAL: Final = 0.9
_CONNECTIONS: Final = 64


def records(stage: Stage) -> Iterator[Row]:
    """Intent and outcome of calls that come 32 in a turn, written before the first of them is sent."""
    value = median([inside("recording", stage.cores.proxy) for _ in range(stage.rounds(3))])
    yield bounded(_GROUP, "a record, durability `write`", value=value, goal=_RECORD_GOAL, unit=" µs")


def durable(stage: Stage) -> Iterator[Row]:
    """Throughput when every intent is on the disk before its call is sent, beside when it is in the kernel."""
    shot = Shot(call.sized(call.BODY_BYTES), connections=_CONNECTIONS)
    changes = {"ledger": {"path": "ledger", "durability": "fsync"}}
    with (
        stage.server() as server,
        stage.yett(server, "write") as write,
        stage.yett(server, "fsync", changes=changes) as sync,
    ):
        found = stage.load.in_turn([write, sync], shot, rounds=stage.rounds(5), seconds=stage.seconds(2))
    mine, theirs = found["fsync"], found["write"]
    yield Row(
        group=_GROUP,
        what="calls per second at 64 connections, `fsync` beside `write`",
        measured=f"{shown(mine.rate)} beside {shown(theirs.rate)}",
        ratio=mine.rate / theirs.rate,
        value=mine.rate / theirs.rate,
        goal=_DURABLE_GOAL,
        least=True,
        unit="x",
        numbers={"fsync": mine.rate, "write": theirs.rate, "fsync_cpu": mine.cpu, "write_cpu": theirs.cpu},
    )
    yield Row(
        group=_GROUP,
        what="processor time per call, `fsync` beside `write`",
        measured=f"{shown(mine.cpu)} µs beside {shown(theirs.cpu)} µs",
        ratio=mine.cpu / theirs.cpu,
        numbers={"fsync": mine.cpu, "write": theirs.cpu},
    )
