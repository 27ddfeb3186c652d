"""Lifting: what a called function does with its parameters becomes what its caller does with its values."""

from __future__ import annotations

from yett.auditor.analysis import ir
from yett.auditor.analysis.external import External
from yett.auditor.analysis.marks import EVERY, granted, through
from yett.auditor.analysis.summary import Flow, Spot
from yett.auditor.analysis.values import (
    DEEPEST_FIELD,
    NOTHING,
    Fact,
    Origin,
    Ref,
    Taint,
    Value,
    everything,
    field,
    join_taint,
)


class Given:
    """What one call gives to the parameters of a function; each origin is looked up once."""

    __slots__ = ("_bound", "_index", "_known", "_taints", "made")

    def __init__(self, index: int, bound: dict[int, Value]) -> None:
        self._index = index
        self._bound = bound
        self._known: dict[Origin, Value] = {}
        self._taints: dict[int, tuple[Taint, tuple[Ref, ...]]] = {}
        # The parts of the answer that were made already: an answer holds the same parts many times.
        self.made: dict[tuple[int, int], Value] = {}

    def value(self, origin: Origin) -> Value:
        """What stands where the origin of the function stood."""
        value = self._known.get(origin)
        if value is None:
            value = self._bound.get(origin[1], NOTHING)
            for name in origin[2]:
                value = field(value, name)
            self._known[origin] = value
        return value

    def taint(self, taint: Taint) -> tuple[Taint, tuple[Ref, ...]]:
        """The taint of a part of the answer, and what its first parameter refers to."""
        known = self._taints.get(id(taint))
        if known is not None:
            return known
        found: Taint = {}
        refs: tuple[Ref, ...] = ()
        for origin, mark in taint.items():
            if origin[0] != self._index:
                found = join_taint(found, {origin: mark})
                continue
            value = self.value(origin)
            refs = refs or value.refs
            given = {mine: through(mark, theirs) for mine, theirs in everything(value).items()}
            found = join_taint(found, {mine: bits for mine, bits in given.items() if bits & EVERY})
        self._taints[id(taint)] = (found, refs)
        return found, refs

    def facts(self, facts: tuple[Fact, ...]) -> list[Fact]:
        """What the answer proves of what was given."""
        found: list[Fact] = []
        for path, when, origin, bits in facts:
            if origin[0] != self._index:
                found.append((path, when, origin, bits))
                continue
            given = everything(self.value(origin))
            found.extend((path, when, mine, granted(bits, mark)) for mine, mark in given.items())
        return found


class Lifting(External):
    """Summaries in terms of the caller."""

    def lift(self, function: ir.Function, bound: dict[int, Value], node: ir.Node) -> None:
        """The flows that start at the function's parameters start at what they are given."""
        spot = Spot(self.module, node.line, node.column)
        says = f"`{self.function.qualified}` calls `{function.qualified}`"
        for flow in list(self.world.summaries[function.index].flows.values()):
            index, param, path = flow.origin
            value = bound.get(param)
            if index != function.index or value is None:
                continue
            self.world.effort.spend()
            for name in path:
                value = field(value, name)
            self._lifted(flow, value, spot, says)

    def _lifted(self, flow: Flow, value: Value, spot: Spot, says: str) -> None:
        for origin, mark in everything(value).items():
            left = self.state.left(origin, mark)
            if not left & flow.dangers:
                continue
            sink = flow.sink
            passed = flow
            if sink.needs:
                if self.moves(sink, value, mark):
                    sink = sink._replace(needs=0, spot=spot, function=self.function.qualified)
                    passed = Flow(flow.origin, sink, flow.dangers, (), flow.soft, flow.tool)
                elif mark & sink.needs:
                    continue
            self.world.record(passed.passed(origin, left, spot, says, self.state.tool))

    def passed_guard(self, function: ir.Function, bound: dict[int, Value], origin: Origin, bits: int) -> None:
        """What the function proves whenever it returns is proven of what it was given."""
        index, param, path = origin
        if index != function.index:
            self.state.rule_out(origin, bits)
            return
        value = bound.get(param, NOTHING)
        for name in path:
            value = field(value, name)
        for mine, mark in everything(value).items():
            self.state.rule_out(mine, granted(bits, mark))

    def substitute(self, value: Value, given: Given, facts: tuple[Fact, ...] = (), depth: int = 0) -> Value:
        """A function's answer in terms of what it was given."""
        if depth > DEEPEST_FIELD or (not value.taint and not value.fields and not value.items and not facts):
            return value
        key = (id(value), depth)
        known = given.made.get(key)
        if known is not None and not facts:
            return known
        self.world.effort.spend()
        if self.world.effort.over:
            return NOTHING
        taint, refs = given.taint(value.taint)
        fields = value.fields
        if fields:
            fields = {name: self.substitute(inner, given, (), depth + 1) for name, inner in fields.items()}
        items = value.items
        if items:
            items = tuple(self.substitute(inner, given, (), depth + 1) for inner in items)
        made = Value(
            taint=taint,
            refs=value.refs or refs,
            const=value.const,
            fields=fields,
            items=items,
            facts=tuple(given.facts(facts)),
            head=value.head,
        )
        given.made[key] = made
        return made
