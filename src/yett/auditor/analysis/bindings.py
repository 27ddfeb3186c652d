"""Bindings: names, fields and patterns get their values."""

from __future__ import annotations

from yett.auditor.analysis import ir
from yett.auditor.analysis.callbacks import Callbacks
from yett.auditor.analysis.marks import FIRST, KEY, LISTED, PIECE, RAW
from yett.auditor.analysis.sinks import POLLUTES, Hit
from yett.auditor.analysis.values import (
    Value,
    element,
    field,
    with_facts,
)
from yett.auditor.analysis.world import Captured


class Bindings(Callbacks):
    """Values into names."""

    def bound(self, node: ir.Bind) -> Value:
        """An assignment is its value."""
        value = self.value(node.value)
        if isinstance(node.value, ir.Const) and node.value.value is ...:
            value = Value(refs=self.noted(node.note))
        elif node.note is not None and not value.refs:
            refs = self.noted(node.note)
            if refs and value.fields is None and value.items is None:
                value = Value(taint=value.taint, refs=refs, const=value.const, facts=value.facts, head=value.head)
        if node.extends:
            old = self.value(node.target)
            value = (
                self.put_together([old, value])
                if old.items is None and value.items is None
                else self.longer(old, value)
            )
        self.bind(node.target, value)
        return value

    def _polluted(self, target: ir.Item) -> None:
        """`a[x][y] = z`: with `x` a stranger's, `__proto__` leads to every object."""
        outer = target.base
        if self.python or not isinstance(outer, ir.Item) or outer.key is None or target.key is None:
            return
        if self.value(target.key).taint:
            self.flow_to(target, Hit(POLLUTES, KEY, self.value(outer.key)), "[...][...] =")

    def own_methods(self, node: ir.Table, made: Value) -> None:
        """`this` in the methods of an object literal is the object."""
        for _, inner in node.pairs:
            if isinstance(inner, ir.Closure) and not inner.function.arrow and not self.python:
                function = inner.function
                captured = self.world.captured.get(function.index)
                names = captured.names if captured is not None else []
                cleared = captured.cleared if captured is not None else {}
                self.world.captured[function.index] = Captured([{"self": made}, *names][:6], cleared)

    def default(self, node: ir.Default) -> Value:
        """A pattern's default, asked for as a value."""
        return self.value(node.target)

    def define_value(self, node: ir.Define) -> Value:
        """A class as a value."""
        self.define(node)
        return Value(refs=(node.klass,))

    def define(self, node: ir.Define) -> None:
        """A class: the statements know how."""
        raise TypeError(f"class at line {node.line} cannot be defined by expressions alone")

    def bind(self, target: ir.Node, value: Value) -> None:
        """Give a name, a field or a pattern its value."""
        if isinstance(target, ir.Name):
            self.state.names[target.id] = value
        elif isinstance(target, ir.Attr):
            self.bind_field(target.base, target.name, value)
        elif isinstance(target, ir.Item):
            self._polluted(target)
            key = self.value(target.key).const if target.key is not None else None
            self.bind_field(target.base, str(key) if isinstance(key, str | int) else "*", value)
        elif isinstance(target, ir.Default):
            default = self.value(target.value)
            empty = not value.taint and value.fields is None and value.items is None and not value.refs
            self.bind(target.target, default if empty else value)
        elif isinstance(target, ir.Spread):
            self.bind(target.value, value)
        elif isinstance(target, ir.Sequence):
            for i, each in enumerate(target.items):
                self.bind(each, self.indexed(value, i) if not isinstance(each, ir.Spread) else value)
        elif isinstance(target, ir.Table):
            for name, inner in target.pairs:
                if isinstance(name, ir.Const):
                    self.bind(inner, self.attribute(value, str(name.value)))
                else:
                    self.bind(inner, value)

    def indexed(self, base: Value, index: int) -> Value:
        """`base[3]`."""
        if base.items is not None and -len(base.items) <= index < len(base.items):
            found = base.items[index]
            facts = tuple(fact for fact in field(base, str(index)).facts)
            return with_facts(found, facts) if facts else found
        known = field(base, str(index))
        if base.taint:
            # An element of a list stands for the list: what is tested of it is tested of each.
            first = FIRST if index == 0 else 0
            form = {
                origin: mark if mark & RAW else mark | PIECE | (first if mark & LISTED else 0)
                for origin, mark in base.taint.items()
            }
            return Value(taint=form, facts=known.facts, refs=element(base).refs if not base.taint else ())
        return known
