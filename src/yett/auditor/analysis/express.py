"""Interprets expressions: what a value is, where it comes from, and what it proves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from yett.auditor.analysis import guards, ir
from yett.auditor.analysis.bindings import Bindings
from yett.auditor.analysis.commands import shell_among
from yett.auditor.analysis.entries import of_table
from yett.auditor.analysis.library import ADDRESS_QUESTIONS, FIELDS
from yett.auditor.analysis.marks import (
    PIECE,
    RAW,
    SHELL,
    WHOLE_FORM,
)
from yett.auditor.analysis.sinks import COMMAND, Hit
from yett.auditor.analysis.values import (
    MOST_FACTS,
    MOST_FIELDS,
    MOST_ITEMS,
    NOTHING,
    Fact,
    Instance,
    Origin,
    Ref,
    Taint,
    Value,
    constant,
    element,
    everything,
    field,
    join,
    join_all,
    join_taint,
    marked,
    truth,
    with_facts,
)
from yett.auditor.analysis.world import Captured

# 400 variables around a function are copied for it: more would be copied for each of many.
_MANY_NAMES: Final = 400
_SEPARATORS: Final = frozenset(("path.sep", "os.sep", "os.path.sep", "path.posix.sep"))


class Expressions(Bindings):
    """Values of expressions."""

    def value(self, node: ir.Node) -> Value:
        """The value of any expression."""
        evaluate = _EXPRESSIONS.get(type(node))
        return evaluate(self, node) if evaluate is not None else NOTHING

    def const(self, node: ir.Const) -> Value:
        """A literal."""
        return constant(node.value)

    def regex(self, node: ir.Regex) -> Value:
        """A regular expression, as itself."""
        return Value(const=node)

    def name(self, node: ir.Name) -> Value:
        """A variable: here, around, in the module, or outside."""
        return self.lookup(node.id)

    def attr(self, node: ir.Attr) -> Value:
        """`base.name`."""
        return self.attribute(self.value(node.base), node.name)

    def attribute(self, base: Value, name: str) -> Value:
        """A field, a method, a member of a module."""
        found = join_all(self.member(ref, name) for ref in base.refs) if base.refs else NOTHING
        if name == "sep" and found.refs and found.refs[0] in _SEPARATORS:
            return constant("/")
        if name in ADDRESS_QUESTIONS:
            self.asks_address()
        if name in ADDRESS_QUESTIONS and base.taint:
            return Value(facts=guards.address(base, self.state))
        if base.taint or base.fields is not None or base.items is not None or base.facts:
            inner = self._field(base, name)
            if found is NOTHING:
                return inner
            if not any(isinstance(ref, Instance) for ref in base.refs) or found.taint:
                return join(found, inner)
            return found if found.refs else join(found, inner)
        return found

    def member(self, ref: Ref, name: str) -> Value:
        """A member of what a reference refers to; a property is called."""
        found = self.world.member(ref, name)
        for each in found.refs:
            function = self.property(each)
            if function is not None:
                return self.call_function(function, [Value(refs=(ref,))], {}, None)
        return found

    def _field(self, base: Value, name: str) -> Value:
        known = field(base, name)
        effect = FIELDS.get(name)
        if effect is None or (base.fields and name in base.fields):
            return known
        taint: Taint = {}
        for origin, mark in base.taint.items():
            if mark & RAW and not mark & WHOLE_FORM:
                function, param, path = origin
                taint[(function, param, (*path, name)) if len(path) < 4 else origin] = mark
            else:
                taint[origin] = (mark & ~effect[0] & ~RAW) | effect[1]
        return Value(taint=taint, facts=known.facts)

    def item(self, node: ir.Item) -> Value:
        """`base[key]`; an unknown key may be any."""
        base = self.value(node.base)
        if node.key is None:
            return Value(taint=marked(base, add=PIECE).taint, items=base.items, fields=base.fields)
        key = self.value(node.key)
        if isinstance(key.const, str):
            return join(self._field(base, key.const) if key.const in FIELDS else field(base, key.const), NOTHING)
        if type(key.const) is int:
            return self.indexed(base, key.const)
        found = element(base)
        refs = join_all(Value(refs=inner.refs) for inner in (base.fields or {}).values())
        return join(found, refs)

    def concat(self, node: ir.Concat) -> Value:
        """Text put together: each part keeps what its place lets it do."""
        return self.put_together([self.value(part) for part in node.parts])

    def logic(self, node: ir.Logic) -> Value:
        """`a and b`: the second only where the first holds."""
        if node.op == "last":
            return [self.value(part) for part in node.parts][-1]
        before, values = self.state, []
        self.state = before.fork()
        for part in node.parts:
            value = self.value(part)
            values.append(value)
            self.state.learn(guards.asked(value), truth=node.op == "and")
        names = self.state.names
        self.state = before
        for name, bound in names.items():
            if name not in before.names:
                before.names[name] = bound
        return with_facts(self._logical(node.op, values), combined(node.op, values))

    def _logical(self, op: str, values: list[Value]) -> Value:
        if op == "and":
            return Value(
                taint=values[-1].taint,
                refs=values[-1].refs,
                fields=values[-1].fields,
                items=values[-1].items,
                head=values[-1].head,
            )
        chosen = [value for value in values if value.const is not None and value.const != ""]
        first = values[0]
        return (
            first if first.const is not None and truth(first) and not first.taint and first.text else join_all(chosen)
        )

    def compare(self, node: ir.Compare) -> Value:
        """A comparison is a truth that proves something."""
        left, right = self.value(node.left), self.value(node.right)
        self.weak_comparison(node, left, right)
        if node.op in {"in", "not in"}:
            return Value(facts=guards.member(left, right, negated=node.op == "not in", trusts=self.trusted))
        if node.op in {"==", "!=", "is", "is not"}:
            if isinstance(node.left, ir.Call) and isinstance(node.left.func, ir.Name) and node.left.func.id == "typeof":
                return Value(facts=self._typeof(node.left, right, negated=node.op == "!="))
            return Value(facts=guards.equal(left, right, negated=node.op in {"!=", "is not"}, trusts=self.trusted))
        return NOTHING

    def _typeof(self, node: ir.Call, right: Value, *, negated: bool) -> tuple[Fact, ...]:
        if not guards.is_numeric(right.text):
            return ()
        facts = guards.numeric(self.value(node.args[0]))
        return tuple((path, when is not negated, origin, bits) for path, when, origin, bits in facts)

    def not_(self, node: ir.Not) -> Value:
        """What it proves, the other way round."""
        value = self.value(node.value)
        known = truth(value)
        facts = tuple((path, not when, origin, bits) for path, when, origin, bits in guards.asked(value) if not path)
        return Value(facts=facts, const=not known) if known is not None and not facts else Value(facts=facts)

    def choice(self, node: ir.Choice) -> Value:
        """Either, each where the test says so."""
        test = self.value(node.test)
        before = self.state
        found: list[Value] = []
        for part, when in ((node.yes, True), (node.no, False)):
            self.state = before.fork()
            self.state.learn(guards.asked(test), truth=when)
            value = self.value(part)
            if value.taint and self.state.cleared:
                taint = {origin: self.state.left(origin, mark) for origin, mark in value.taint.items()}
                value = Value(
                    taint=taint,
                    refs=value.refs,
                    fields=value.fields,
                    items=value.items,
                    head=value.head,
                    const=value.const,
                    facts=value.facts,
                )
            found.append(value)
        self.state = before
        return join(found[0], found[1])

    def sequence(self, node: ir.Sequence) -> Value:
        """A list; what is spread into it is any of its items."""
        items: list[Value] = []
        taint = Taint()
        for each in node.items:
            if isinstance(each, ir.Spread):
                spread = self.value(each.value)
                if spread.items is not None:
                    items.extend(spread.items)
                else:
                    items.append(Value(taint=spread.taint, refs=spread.refs))
            else:
                items.append(self.value(each))
        made = Value(items=tuple(items[:MOST_ITEMS]), taint=taint)
        for text in shell_among([made]):
            self.flow_to(node, Hit(COMMAND, SHELL, text), "shell -c")
        return made

    def table(self, node: ir.Table) -> Value:
        """An object; one that describes a tool and runs it is an entry."""
        fields: dict[str, Value] = {}
        taint = Taint()
        for key, value in node.pairs:
            if key is None:
                spread = self.value(value)
                fields.update(spread.fields or {})
                taint = join_taint(taint, spread.taint)
                continue
            name = key.value if isinstance(key, ir.Const) else self.value(key).const
            found = self.value(value)
            if isinstance(name, str | int) and len(fields) < MOST_FIELDS:
                fields[str(name)] = found
            else:
                fields["*"] = join(fields.get("*", NOTHING), found)
        made = Value(fields=fields, taint=taint)
        self.own_methods(node, made)
        for function, entry in of_table(made):
            self.enter(function, entry)
        return made

    def closure(self, node: ir.Closure) -> Value:
        """A function that sees what is around it."""
        function = node.function
        if self.function.name != "<module>":
            self.world.captured[function.index] = Captured(
                [self._around(), *self.captured.names][:6], dict(self.state.cleared)
            )
        self.decorated(function)
        return Value(refs=(function,))

    def _around(self) -> dict[str, Value]:
        """The variables as they are now; where there are very many, as they will be."""
        return dict(self.state.names) if len(self.state.names) < _MANY_NAMES else self.state.names

    def mixed(self, node: ir.Mixed) -> Value:
        """Anything else: parts of its parts, unless it is a number."""
        values = [self.value(part) for part in node.parts]
        if node.number:
            return NOTHING
        taint = Taint()
        for value in values:
            taint = join_taint(taint, everything(value))
        return Value(taint={origin: (mark & ~RAW) | PIECE for origin, mark in taint.items()})

    def comprehension(self, node: ir.Comprehension) -> Value:
        """One turn of it; its tests are tests of every element."""
        before = self.state
        self.state = before.fork()
        for target, source, tests in node.clauses:
            self.bind(target, element(self.value(source)))
            for test in tests:
                self.state.learn(self.value(test).facts, truth=True)
        found = self.value(node.element)
        taint = {origin: self.state.left(origin, mark) for origin, mark in everything(found).items()}
        self.state = before
        return Value(taint=taint, refs=found.refs, fields=found.fields, facts=found.facts)

    def spread(self, node: ir.Spread) -> Value:
        """`*a`."""
        return self.value(node.value)


def combined(op: str, values: list[Value]) -> tuple[Fact, ...]:
    """`and` proves all of its parts when true; when false, what each of them proves. `or`, the other way round."""
    sure = op == "and"
    facts: list[Fact] = [fact for value in values for fact in guards.asked(value) if not fact[0] and fact[1] is sure]
    shared: dict[Origin, int] | None = None
    for value in values:
        mine: dict[Origin, int] = {}
        for path, when, origin, bits in guards.asked(value):
            if not path and when is not sure:
                mine[origin] = mine.get(origin, 0) | bits
        shared = mine if shared is None else {o: both for o, b in mine.items() if (both := b & shared.get(o, 0))}
    for origin, bits in (shared or {}).items():
        facts.append(((), not sure, origin, bits))
    return tuple(facts[:MOST_FACTS])


_EXPRESSIONS: Final[dict[type[ir.Node], Callable[..., Value]]] = {
    ir.Const: Expressions.const,
    ir.Regex: Expressions.regex,
    ir.Name: Expressions.name,
    ir.Attr: Expressions.attr,
    ir.Item: Expressions.item,
    ir.Call: Expressions.call,
    ir.Concat: Expressions.concat,
    ir.Logic: Expressions.logic,
    ir.Compare: Expressions.compare,
    ir.Not: Expressions.not_,
    ir.Choice: Expressions.choice,
    ir.Sequence: Expressions.sequence,
    ir.Table: Expressions.table,
    ir.Closure: Expressions.closure,
    ir.Mixed: Expressions.mixed,
    ir.Comprehension: Expressions.comprehension,
    ir.Spread: Expressions.spread,
    ir.Bind: Expressions.bound,
    ir.Default: Expressions.default,
    ir.Define: Expressions.define_value,
}
