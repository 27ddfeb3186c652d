"""Whether a large policy and a large catalogue make calls dearer: they should not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

from yardstick import call
from yardstick.load import Shot
from yardstick.row import Row, compared
from yardstick.stage import Stage
from yardstick.upstream import ECHO

_GROUP: Final = "how cost grows"
_GOAL: Final = 1.1
_GRANTS: Final = 1_000
_TOOLS: Final = 5_000


def roles() -> dict[str, Any]:
    """A thousand grants for the caller, half of them patterns; the one that allows the call is the last."""
    several = [f"demo.tool_{n}" if n % 2 else f"demo.{n}_*_get_*" for n in range(_GRANTS - 1)]
    return {"engineer": {"allow": [*several, "demo.echo"]}}


def tools() -> list[dict[str, Any]]:
    """Five thousand tools with a schema each."""
    return [ECHO, *({**ECHO, "name": f"tool_{n}", "description": f"tool {n}"} for n in range(_TOOLS - 1))]


def scale(stage: Stage) -> Iterator[Row]:
    """The same call in front of three gateways, in turn."""
    with ExitStack() as stack:
        small, large = stack.enter_context(stage.server()), stack.enter_context(stage.server("large", tools=tools()))
        targets = [
            stack.enter_context(stage.yett(small, "small")),
            stack.enter_context(stage.yett(small, "grants", changes={"roles": roles()})),
            stack.enter_context(stage.yett(large, "tools")),
        ]
        shot = Shot(call.sized(call.BODY_BYTES))
        found = stage.load.in_turn(targets, shot, rounds=stage.rounds(7), seconds=stage.seconds(1))
    base = found["small"].cpu
    for name, what in (("grants", f"a policy of {_GRANTS:,} grants"), ("tools", f"a catalogue of {_TOOLS:,} tools")):
        yield compared(
            _GROUP, f"a call under {what}, beside a small one", mine=found[name].cpu, theirs=base, unit="µs", goal=_GOAL
        )
