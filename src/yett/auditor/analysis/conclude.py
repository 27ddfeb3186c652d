"""Conclusions: what one run over a function says to its callers."""

from __future__ import annotations

from yett.auditor.analysis import ir
from yett.auditor.analysis.express import Expressions
from yett.auditor.analysis.marks import EVERY, PIECE, RAW
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

Asked = frozenset[tuple[int, int]] | None
Exit = tuple[Value, State, Asked]


class Conclusions(Expressions):
    """Summary of the ways out."""

    def __init__(self, world: World, function: ir.Function) -> None:
        captured = world.captured.get(function.index) or Captured()
        super().__init__(world, function, State({}, dict(captured.cleared)), captured)
        # Each way out: what it gives, where it stands, and what was asked where a switch of the operator's led there.
        self.exits: list[Exit] = []
        self.switched: Asked = None
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
        for value, state, switched in self.exits:
            returned = join(returned, self._settled(value, state, switched))
        facts, exits = self._facts(), self._always()
        if (_shape(returned), facts, exits) != (_shape(summary.returns), summary.facts, summary.exits):
            summary.version += 1
        summary.returns, summary.facts, summary.exits = returned, facts, exits

    def _settled(self, value: Value, state: State, switched: Asked) -> Value:
        """What is given back, without what was ruled out; on a way of the operator's, as on the others."""
        if not value.taint:
            return value
        taint = {origin: state.left(origin, mark) for origin, mark in value.taint.items()}
        if switched is not None:
            for other, there, way in self.exits:
                for origin, mark in taint.items():
                    if way is None and origin in other.taint and origin[:2] not in switched:
                        taint[origin] = mark & (there.left(origin, other.taint[origin]) | ~EVERY)
        return with_taint(value, taint)

    def _always(self) -> dict[Origin, int]:
        """What is ruled out whenever the function returns at all."""
        common: dict[Origin, int] | None = None
        for _, state, switched in self._counted():
            common = _agreed(common, dict(state.cleared), switched)
        return common or {}

    def _counted(self) -> list[Exit]:
        """The ways out, those first that no switch led to: the others can only agree with them."""
        return sorted(self.exits, key=lambda way: way[2] is not None)

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
        for value, state, switched in self._counted():
            part = field(value, component[0]) if component else value
            known = truth(part)
            if known is not None and known is not when:
                continue
            mine = dict(state.cleared)
            for path, truth_, origin, bits in part.facts:
                if not path and truth_ is when:
                    mine[origin] = mine.get(origin, 0) | bits
            common = _agreed(common, mine, switched)
        return common or {}

    def is_switch(self, test: ir.Node) -> Asked:
        """What is asked, where it is only what the operator set: parameters that no stranger gives, fields, globals."""
        waiting: list[ir.Node] = [test]
        asked: set[tuple[int, int]] = set()
        questions = 0
        while waiting:
            node = waiting.pop()
            if isinstance(node, ir.Name):
                value = self.state.names.get(node.id)
                questions += 1
                if value is not None and not self._operators(value):
                    return None
                asked |= {origin[:2] for origin in value.taint} if value is not None else set()
            elif isinstance(node, ir.Attr):
                if not (isinstance(node.base, ir.Name) and node.base.id == "self"):
                    return None
                questions += 1
            elif isinstance(node, ir.Compare):
                base = self._asked_for_root(node)
                questions += base is not None
                asked |= {origin[:2] for origin in everything(base)} if base is not None else set()
                waiting.extend((node.left, node.right) if base is None else ())
            elif isinstance(node, ir.Not):
                waiting.append(node.value)
            elif isinstance(node, ir.Logic):
                waiting.extend(node.parts)
            elif not isinstance(node, ir.Const):
                return None
        return frozenset(asked) if questions else None

    def _asked_for_root(self, test: ir.Compare) -> Value | None:
        """The folder in `folder === path.sep`, where no stranger sets it: everything lies below that one."""
        for name, other in ((test.left, test.right), (test.right, test.left)):
            if test.op == "==" and isinstance(name, ir.Name) and self._is_separator(other):
                base = self.state.names.get(name.id)
                return base if base is not None and base.taint and self.trusted(base) else None
        return None

    def _is_separator(self, node: ir.Node) -> bool:
        """`"/"`, `path.sep`, `os.sep`; a parameter with such a field is none."""
        if isinstance(node, ir.Const):
            return node.value == "/"
        if not (isinstance(node, ir.Attr) and node.name == "sep" and isinstance(node.base, ir.Name)):
            return False
        module = self.state.names.get(node.base.id)
        return module is None or not module.taint

    def _operators(self, value: Value) -> bool:
        """A parameter as it was given, of a function that no stranger calls."""
        return bool(value.taint) and all(mark & RAW for mark in value.taint.values()) and self.trusted(value)


def _agreed(common: dict[Origin, int] | None, mine: dict[Origin, int], switched: Asked) -> dict[Origin, int]:
    """What one way more leaves of what all agreed on. A switch takes nothing from what it did not ask about."""
    if common is None:
        return mine
    if switched is None:
        return {o: both for o, b in mine.items() if (both := b & common.get(o, 0))}
    return {o: b if o[:2] not in switched else b & mine.get(o, 0) for o, b in common.items()}


def _shape(value: Value) -> tuple[object, ...]:
    """What a caller sees of a value, to tell whether it changed."""
    fields = tuple(sorted((value.fields or {}).keys()))
    taint = tuple(sorted((origin, mark & ~PIECE) for origin, mark in everything(value).items()))
    return (taint, value.refs, fields, len(value.items or ()), value.facts)
