"""Program: all source of a target as one subject, interpreted once; and the files that it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from yett.auditor.analysis import ir
from yett.auditor.analysis.entries import Entry, Reach
from yett.auditor.analysis.rounds import interpret
from yett.auditor.analysis.sinks import COMMAND, EVALUATE, OPEN_URL, QUERY
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.summary import Flow, Spot
from yett.auditor.analysis.world import World
from yett.auditor.finding import Confidence, Place, Step
from yett.auditor.subject import Subject, Text

# Kinds of harm that are worth a word where no way from a stranger was seen.
_GRAVE: Final = frozenset((COMMAND, QUERY, EVALUATE, OPEN_URL))


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile(Text):
    """One file of source, lowered."""

    module: ir.Module


@dataclass(frozen=True, slots=True)
class Path:
    """From something that a stranger sets to a sink, told from the entry."""

    flow: Flow
    entry: Entry | None
    entered: ir.Function | None
    parameter: str
    confidence: Confidence

    @property
    def tool(self) -> str:
        """The tool's name, where it is known."""
        named = self.entry.name if self.entry else ""
        return self.flow.tool or named


@dataclass(frozen=True, kw_only=True)
class Program(Subject):
    """Every source file of a target, as one program."""

    modules: tuple[ir.Module, ...] = field(default=())

    @cached_property
    def world(self) -> World:
        """What the interpretation found out; made at the first question."""
        world = World(list(self.modules))
        interpret(world, list(self.modules))
        return world

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Every way from a stranger to a sink, the surest of those that end at the same sink by the same parameter."""
        best: dict[tuple[object, ...], Path] = {}
        for path in self._paths():
            sink = path.flow.sink
            key = (sink.kind, sink.spot.module.path, sink.spot.line, sink.spot.column)
            known = best.get(key)
            if known is None or _rank(path) > _rank(known):
                best[key] = path
        return tuple(best.values())

    def _paths(self) -> list[Path]:
        found: list[Path] = []
        world = self.world
        for function in world.functions:
            entry = world.entries.get(function.index)
            if entry is None:
                continue
            for flow in world.summaries[function.index].flows.values():
                left = flow.dangers & entry.dangers(flow.origin)
                if left and not flow.sink.needs:
                    found.append(Path(flow, entry, function, _parameter(function, flow), _confidence(entry, flow)))
        for flow in world.loose.flows.values():
            if not flow.sink.needs:
                says = world.sources[flow.origin[1]]
                found.append(Path(flow, None, None, says, Confidence.LOW if flow.soft else Confidence.MEDIUM))
        return [*found, *self._unreached()]

    def _unreached(self) -> Iterator[Path]:
        """Public functions that nothing here calls: whoever imports them may give them anything."""
        world = self.world
        for function in world.functions:
            if (
                function.index in world.called
                or function.index in world.entries
                or function.name.startswith(("_", "<"))
            ):
                continue
            for flow in world.summaries[function.index].flows.values():
                if flow.sink.kind in _GRAVE and not flow.sink.needs and flow.origin[0] == function.index:
                    yield Path(flow, None, function, _parameter(function, flow), Confidence.LOW)

    @property
    def sites(self) -> tuple[Site, ...]:
        """Calls that rules look at as they are."""
        return tuple(self.world.sites.values())

    def place(self, spot: Spot) -> Place:
        """The place of a spot, with its line for the excerpt."""
        return place(spot)

    def steps(self, path: Path) -> tuple[Step, ...]:
        """The way, from the entry to the sink."""
        steps: list[Step] = []
        if path.entered is not None and path.entered.module is not None:
            here = Spot(path.entered.module, path.entered.line, path.entered.column)
            named = f"tool `{path.tool}`" if path.tool else f"`{path.entered.qualified}`"
            steps.append(Step(place=place(here), says=f"`{path.parameter}` comes in by {named}"))
        steps.extend(Step(place=place(spot), says=says) for spot, says in path.flow.steps)
        sink = path.flow.sink
        steps.append(Step(place=place(sink.spot), says=f"and reaches `{sink.callee}` in `{sink.function}`"))
        return tuple(steps)


def place(spot: Spot) -> Place:
    """A spot for a report: columns in characters, the line's text cut."""
    lines = spot.module.lines
    text = lines[spot.line - 1] if 0 < spot.line <= len(lines) else ""
    column = len(text.encode("utf-8", "surrogatepass")[: spot.column - 1].decode("utf-8", "ignore")) + 1
    return Place(path=spot.module.path, line=spot.line, column=column, end_line=spot.line, text=text[: Text.EXCERPT])


def _parameter(function: ir.Function, flow: Flow) -> str:
    _, param, path = flow.origin
    plain = [name for name in path if name not in {"params", "arguments", "query", "body"}]
    if plain:
        return ".".join(plain)
    name = function.params[param].name if 0 <= param < len(function.params) else ""
    return name or "arguments"


def _confidence(entry: Entry, flow: Flow) -> Confidence:
    if flow.soft:
        return Confidence.LOW
    return Confidence.HIGH if entry.reach is Reach.TOOL else Confidence.MEDIUM


def _rank(path: Path) -> tuple[int, int]:
    return (int(path.confidence), -len(path.flow.steps))
