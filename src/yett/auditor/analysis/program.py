"""Program: all source of a target as one subject, interpreted once; and the files that it is made of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from yett.auditor.analysis import ir, questions
from yett.auditor.analysis.entries import Entry, Reach
from yett.auditor.analysis.rounds import interpret
from yett.auditor.analysis.secret_names import guessed_from_random
from yett.auditor.analysis.sinks import (
    COMMAND,
    EVALUATE,
    JOINED,
    OPEN_URL,
    QUERY,
    READ,
    REQUEST,
    TOUCH,
    UNRESOLVED,
    UNUSED,
    URL_PREFIX,
    WRITE,
)
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.summary import Flow, Spot
from yett.auditor.analysis.values import Value
from yett.auditor.analysis.world import World
from yett.auditor.finding import Confidence, Place, Step
from yett.auditor.subject import Subject, Text

# Kinds of harm that are worth a word where no way from a stranger was seen.
_GRAVE: Final = frozenset((COMMAND, QUERY, EVALUATE, OPEN_URL))

_GUARDED: Final = {
    UNRESOLVED: frozenset((READ, WRITE, TOUCH)),
    UNUSED: frozenset((READ, WRITE, TOUCH)),
    JOINED: frozenset((READ, WRITE, TOUCH)),
    URL_PREFIX: frozenset((REQUEST,)),
}


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
            flows = world.summaries[function.index].flows.values()
            for flow in flows:
                if not _matters(flow, flows):
                    continue
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

    def mentions(self, texts: Sequence[str]) -> bool:
        """A line of the program has one of the texts."""
        return questions.mentions(self.modules, texts)

    def asked_before(self, site: Site) -> bool:
        """The function looks at the connection before this call."""
        return questions.asked_before(site)

    def refuses(self, function: ir.Function) -> bool:
        """The function keeps somebody out."""
        return questions.refuses(function)

    @cached_property
    def guarded_app(self) -> bool:
        """A function that refuses stands before every route: `app.use(...)`, a middleware."""
        given = [site for site in self.sites if site.method in {"use", "add_middleware", "middleware"}]
        found = [ref for site in given for value in site.args for ref in value.refs if isinstance(ref, ir.Function)]
        return any(questions.refuses(function) for function in found)

    def is_request(self, site: Site) -> bool:
        """The call sends a request."""
        return questions.is_request(site)

    def from_authorization(self, value: Value) -> bool:
        """The value holds the Authorization header of a request that came in."""
        return questions.from_authorization(value)

    def guessable(self) -> list[tuple[Spot, str]]:
        """Secrets that are made of ordinary random numbers."""
        return [
            (Spot(module, node.line, node.column), name)
            for module in self.modules
            for function in module.functions
            for node, name in guessed_from_random(function)
        ]

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


def _matters(flow: Flow, flows: Collection[Flow]) -> bool:
    """A guard whose form does not say what it guards counts only where the same value goes on to such a sink."""
    guarded = _GUARDED.get(flow.sink.kind)
    if guarded is None:
        return True
    return any(each.sink.kind in guarded and each.origin[:2] == flow.origin[:2] for each in flows)


def spot_of(site: Site) -> Spot:
    """Where a call stands."""
    if site.function.module is None:
        raise TypeError(f"function `{site.function.name}` belongs to no module")
    return Spot(site.function.module, site.node.line, site.node.column)


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
