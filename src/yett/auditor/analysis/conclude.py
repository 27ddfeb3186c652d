"""Conclusions: what one run over a function says to its callers."""

from __future__ import annotations

from yett.auditor.analysis import ir
from yett.auditor.analysis.express import Expressions
from yett.auditor.analysis.marks import PIECE, RAW
from yett.auditor.analysis.state import State
from yett.auditor.analysis.values import (
    MOST_FACTS,
    NOTHING,
    Fact,
    Origin,
    Value,
    everything,
    field,
    join,
    truth,
    with_taint,
)
from yett.auditor.analysis.world import Captured, World


class Conclusions(Expressions):
    """Summary of the ways out."""

    def __init__(self, world: World, function: ir.Function) -> None:
        captured = world.captured.get(function.index) or Captured()
        super().__init__(world, function, State({}, dict(captured.cleared)), captured)
        # Each way out: what it gives, where it stands, and whether only a switch of the operator's led there.
        self.exits: list[tuple[Value, State, bool]] = []
        self.switched = False
        self.given = NOTHING

    def conclude(self) -> None:
        """Write the summary; its version rises when a caller would see something new."""
        world, index = self.world, self.function.index
        summary = world.summaries[index]
        if self.function.name == "<module>":
            names = world.names[self.module.path]
            names.update(self.state.names)
            for _, state, _ in self.exits:
                for name, value in state.names.items():
                    names.setdefault(name, value)
        final: dict[str, Value] = {}
        for _, state, _ in self.exits:
            for name, value in state.names.items():
                final[name] = join(final[name], value) if name in final else value
        world.finals[index] = final
        returned = self.given
        for value, state, _ in self.exits:
            returned = join(returned, self._settled(value, state))
        facts, exits = self._facts(), self._always()
        if (_shape(returned), facts, exits) != (_shape(summary.returns), summary.facts, summary.exits):
            summary.version += 1
        summary.returns, summary.facts, summary.exits = returned, facts, exits

    def _settled(self, value: Value, state: State) -> Value:
        if not value.taint or not state.cleared:
            return value
        return with_taint(value, {origin: state.left(origin, mark) for origin, mark in value.taint.items()})

    def _always(self) -> dict[Origin, int]:
        """What is ruled out whenever the function returns at all."""
        common: dict[Origin, int] | None = None
        for _, state, switched in self.exits:
            if switched and len(self.exits) > 1:
                continue
            mine = {origin: bits for origin, bits in state.cleared.items() if origin[0] == self.function.index}
            common = mine if common is None else {o: both for o, b in mine.items() if (both := b & common.get(o, 0))}
        return common or {}

    def _facts(self) -> tuple[Fact, ...]:
        """What its answer proves: per field of the answer and per truth, what every way with such an answer proves."""
        found: list[Fact] = []
        components: set[tuple[str, ...]] = {()}
        for value, _, _ in self.exits:
            components |= {(name,) for name, inner in (value.fields or {}).items() if truth(inner) is not None}
            components |= {(str(i),) for i, inner in enumerate(value.items or ()) if truth(inner) is not None}
            components |= {path for path, *_ in value.facts if path}
        for component in list(components)[:12]:
            for when in (True, False):
                for origin, bits in self._proven(component, when).items():
                    found.append((component, when, origin, bits))
        return tuple(sorted(found, key=repr)[:MOST_FACTS])

    def _proven(self, component: tuple[str, ...], when: bool) -> dict[Origin, int]:
        common: dict[Origin, int] | None = None
        for value, state, switched in self.exits:
            part = field(value, component[0]) if component else value
            known = truth(part)
            if switched and len(self.exits) > 1:
                continue
            if known is not None and known is not when:
                continue
            mine = {origin: bits for origin, bits in state.cleared.items() if origin[0] == self.function.index}
            for path, truth_, origin, bits in part.facts:
                if not path and truth_ is when and origin[0] == self.function.index:
                    mine[origin] = mine.get(origin, 0) | bits
            common = mine if common is None else {o: both for o, b in mine.items() if (both := b & common.get(o, 0))}
        return common or {}

    def is_switch(self, test: ir.Node) -> bool:
        """The test asks only what the operator set: parameters that no stranger gives, fields, names of the module."""
        waiting, asked = [test], 0
        while waiting:
            node = waiting.pop()
            if isinstance(node, ir.Name):
                value = self.state.names.get(node.id)
                asked += 1
                if value is not None and not self._operators(value):
                    return False
            elif isinstance(node, ir.Attr):
                if not (isinstance(node.base, ir.Name) and node.base.id == "self"):
                    return False
                asked += 1
            elif isinstance(node, ir.Compare):
                waiting.extend((node.left, node.right))
            elif isinstance(node, ir.Not):
                waiting.append(node.value)
            elif isinstance(node, ir.Logic):
                waiting.extend(node.parts)
            elif not isinstance(node, ir.Const):
                return False
        return asked > 0

    def _operators(self, value: Value) -> bool:
        """A parameter as it was given, of a function that no stranger calls."""
        if not value.taint:
            return False
        for origin, mark in value.taint.items():
            entry = self.world.entries.get(origin[0])
            if not mark & RAW or (entry is not None and entry.dangers(origin)):
                return False
        return True


def _shape(value: Value) -> tuple[object, ...]:
    """What a caller sees of a value, to tell whether it changed."""
    fields = tuple(sorted((value.fields or {}).keys()))
    taint = tuple(sorted((origin, mark & ~PIECE) for origin, mark in everything(value).items()))
    return (taint, value.refs, fields, len(value.items or ()), value.facts)
