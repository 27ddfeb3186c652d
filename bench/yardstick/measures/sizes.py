"""Larger messages: what calls and replies of 1 KB, 64 KB and 1 MB cost beside nginx, and how that grows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from yardstick import call
from yardstick.load import Load, Shot, Target
from yardstick.row import Row, compared
from yardstick.stage import Stage
from yardstick.upstream import ECHO, text_reply

_GROUP: Final = "larger messages"
_SIZES: Final = {"1 KB": 1_024, "64 KB": 65_536, "1 MB": 1_048_576}
_LARGEST: Final = "1 MB"
_CONNECTIONS: Final = 8
_REPLY_GOAL: Final = 3.0
_LINEAR: Final = 1.0
_PROSE: Final = (
    "The yett hung in the gateway, and whoever came saw through it into the yard: carts, a well, two dogs asleep. "
    "Nobody entered unasked. In the book beside it stood 2026-11-23T08:32:20Z, 4711 loaves, 12.5 barrels; "
    "signed: the warden (see https://example.com/book?page=7).\n"
)
"""What a reply is filled with: words, numbers and marks as they stand in text files, and no secret."""


def tools() -> list[dict[str, object]]:
    """A tool for each size of a reply."""
    return [{**ECHO, "name": tool_of(size)} for size in _SIZES.values()]


def tool_of(size: int) -> str:
    """The tool that answers with so many bytes."""
    return f"bytes_{size}"


def reply_of(size: int) -> str:
    """A whole reply of about `size` bytes."""
    return text_reply((_PROSE * (size // len(_PROSE) + 1))[: size - 110])


def sizes(stage: Stage) -> Iterator[Row]:
    """Requests up to the limit of a body, and replies, with the secret scan on."""
    replies = {tool_of(size): reply_of(size) for size in _SIZES.values()}
    with (
        stage.server(tools=[ECHO, *tools()], replies=replies) as server,
        stage.nginx(server) as nginx,
        stage.yett(server) as yett,
    ):
        targets = [nginx, yett]
        requests = {
            name: _measured(stage, targets, Shot(call.sized(size), connections=_CONNECTIONS))
            for name, size in _SIZES.items()
        }
        answers = {
            name: _measured(
                stage, targets, Shot(call.sized(call.BODY_BYTES, tool_of(size)), tool_of(size), _CONNECTIONS)
            )
            for name, size in _SIZES.items()
        }
    for name, (mine, theirs) in requests.items():
        yield compared(_GROUP, f"a call of {name}", mine=mine, theirs=theirs, unit="µs")
    for name, (mine, theirs) in answers.items():
        goal = _REPLY_GOAL if name == _LARGEST else None
        yield compared(
            _GROUP, f"a reply of {name}, scanned for secrets", mine=mine, theirs=theirs, unit="µs", goal=goal
        )
    for what, found in (("call", requests), ("reply", answers)):
        yield from growth(what, {name: mine for name, (mine, _) in found.items()})


def _measured(stage: Stage, targets: list[Target], shot: Shot) -> tuple[float, float]:
    load: Load = stage.load
    found = load.in_turn(targets, shot, rounds=stage.rounds(3), seconds=stage.seconds(1))
    return found["yett"].cpu, found["nginx"].cpu


def growth(what: str, costs: dict[str, float]) -> Iterator[Row]:
    """Twice the work, at most twice the cost: from each size to the next."""
    for small, large in pairwise(costs):
        work, cost = _SIZES[large] / _SIZES[small], costs[large] / costs[small]
        yield Row(
            group="how cost grows",
            what=f"{what} of {large} beside {small}",
            measured=f"{work:.0f} times the bytes, {cost:.1f} times the cost",
            ratio=cost / work,
            value=cost / work,
            goal=_LINEAR,
            unit="x",
            numbers={"work": work, "cost": cost},
        )
