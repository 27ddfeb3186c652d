"""What is known of each function: the flows that start at its parameters, what it returns, and what it proves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from yett.auditor.analysis import ir
from yett.auditor.analysis.marks import SOFT
from yett.auditor.analysis.values import NOTHING, Fact, Origin, Value

# 12 steps on the way and 250 flows of one function: more is no explanation, and the rules merge by sink anyway.
MOST_STEPS: Final = 12
MOST_FLOWS: Final = 250


class Spot(NamedTuple):
    """A place in a lowered file."""

    module: ir.Module
    line: int
    column: int


class Sink(NamedTuple):
    """Where a value does its harm: which kind of harm, at which call, in which function."""

    kind: str
    spot: Spot
    callee: str
    function: str
    needs: int = 0


@dataclass(frozen=True, slots=True)
class Flow:
    """From an origin to a sink: with which dangers, over which calls, resting on an assumption or not."""

    origin: Origin
    sink: Sink
    dangers: int
    steps: tuple[tuple[Spot, str], ...]
    soft: bool
    tool: str = ""

    def passed(self, origin: Origin, mark: int, spot: Spot, says: str, tool: str) -> Flow:
        """The same flow, seen from a caller that gives `origin` marked `mark`."""
        steps = self.steps if len(self.steps) >= MOST_STEPS else ((spot, says), *self.steps)
        soft = self.soft or bool(mark & SOFT)
        return Flow(origin, self.sink, self.dangers & mark, steps, soft, tool or self.tool)


@dataclass(slots=True)
class Summary:
    """One function. `version` rises whenever a caller would see something new."""

    flows: dict[tuple[Origin, Sink], Flow] = field(default_factory=dict)
    returns: Value = NOTHING
    exits: dict[Origin, int] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    version: int = 0

    def add(self, flow: Flow) -> None:
        """Keep a flow; of two with the same ends, the one with more dangers, and the surer."""
        key = (flow.origin, flow.sink)
        known = self.flows.get(key)
        if known is None:
            if len(self.flows) < MOST_FLOWS:
                self.flows[key] = flow
                self.version += 1
        elif known.dangers | flow.dangers != known.dangers or (known.soft and not flow.soft):
            self.flows[key] = Flow(
                known.origin, known.sink, known.dangers | flow.dangers, flow.steps, known.soft and flow.soft, flow.tool
            )
            self.version += 1
