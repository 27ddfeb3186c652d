"""Interprets one function: statement by statement, both ways of every branch, each loop once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from yett.auditor.analysis import guards, ir
from yett.auditor.analysis.conclude import Conclusions
from yett.auditor.analysis.marks import EVERY, RAW, REAL
from yett.auditor.analysis.schemas import annotated, constrained
from yett.auditor.analysis.state import State, meet
from yett.auditor.analysis.values import (
    NOTHING,
    Instance,
    Namespace,
    Origin,
    Value,
    element,
    field,
    join,
    truth,
)

# 24 ways out of one function are told apart; a function with more proves nothing.
_MOST_EXITS: Final = 60


class Interpreter(Conclusions):
    """One run over one function; what it learns goes into the world."""

    def run(self) -> None:
        """Interpret the function and update its summary."""
        self._parameters()
        self.block(self.function.body)
        if self.world.effort.over:
            # It may end in ways that were not seen, so that it proves nothing.
            self.exits.append((NOTHING, State(dict(self.state.names), {}), None))
        elif not self.state.dead:
            self.exits.append((Value(const=None), self.state, None))
        self.conclude()

    def _parameters(self) -> None:
        function, names = self.function, self.state.names
        method = function.klass is not None and not function.static
        if method and function.klass is not None:
            names["self"] = Value(refs=(Instance(function.klass, exact=False),))
        for index, param in enumerate(function.params):
            if method and index == 0 and self.python and isinstance(param.target, ir.Name):
                names[param.name] = names["self"]
                continue
            value = self._parameter(index, param)
            self.bind(param.target, value)

    def _parameter(self, index: int, param: ir.Param) -> Value:
        language = ir.PYTHON if self.python else ir.SCRIPT
        left = annotated(param.note, language) & (constrained(param.default) if param.default else EVERY | ~EVERY)
        refs = self.noted(param.note)
        if left & EVERY:
            mark = left | RAW
            value = Value(taint={(self.function.index, index, ()): mark}, refs=refs)
            if isinstance(param.note, ir.Table) and not self.python:
                value = self._object(value, param.note)
        else:
            value = Value(refs=refs)
        if param.default is not None and not isinstance(param.default, ir.Const):
            default = self.value(param.default)
            value = Value(taint=value.taint, refs=value.refs or default.refs, fields=None)
        return value

    def _object(self, value: Value, note: ir.Table) -> Value:
        """An object type: members that cannot carry text do not."""
        fields: dict[str, Value] = {}
        for key, inner in note.pairs:
            if isinstance(key, ir.Const) and isinstance(key.value, str):
                left = annotated(inner, ir.SCRIPT)
                refs = self.noted(inner)
                given = field(value, key.value)
                taint = {origin: mark & left | (left & ~EVERY) for origin, mark in given.taint.items()}
                if left & EVERY != EVERY or refs:
                    fields[key.value] = Value(taint=taint if left != EVERY else given.taint, refs=refs)
        return Value(taint=value.taint, refs=value.refs, fields=fields or None)

    def block(self, statements: Iterable[ir.Node]) -> None:
        """Statements in order, until the way ends."""
        for statement in statements:
            if self.state.dead or self.world.effort.over:
                return
            self.world.effort.spend()
            run = _STATEMENTS.get(type(statement))
            if run is not None:
                run(self, statement)

    def branch(self, node: ir.Branch) -> None:
        """Each case with what its test proves, and what the failed tests before it prove."""
        ends: list[State] = []
        outer, switch = self.switched, self.is_switch(node.cases[0][0]) if len(node.cases) == 1 else None
        self.switched = switch
        for test, body in node.cases:
            tested = self.value(test)
            known = truth(tested) if isinstance(test, ir.Const) else None
            before = self.state
            # A branch copies and joins every variable.
            self.world.effort.spend(len(before.names))
            self.state = before.fork()
            self.state.learn(guards.asked(tested), truth=True)
            self.state.tool = self._tool(test) or before.tool
            if known is not False:
                self.block(body)
                ends.append(self.state)
                if self.state.dead:
                    self.weak_denied(test)
            self.state = before
            self.state.learn(guards.asked(tested), truth=False)
            if known is True:
                before.dead = True
                break
        self.block(node.otherwise)
        self.switched = outer
        ways = [state for state in (*ends, self.state) if not state.dead]
        either = _either(ways, switch) if switch is not None and len(ways) > 1 else None
        self.state = meet(ways)
        if either is not None:
            self.state.cleared = either

    def _tool(self, test: ir.Node) -> str:
        """The tool's name, when the test compares a name with a text."""
        if isinstance(test, ir.Logic) and test.parts:
            test = test.parts[0]
        if not isinstance(test, ir.Compare) or test.op != "==":
            return ""
        left, right = self.value(test.left), self.value(test.right)
        if right.text is None or not any(_is_name(self.function, origin) for origin in left.taint):
            return ""
        return right.text

    def loop(self, node: ir.Loop) -> None:
        """The body once; what it rules out for an element holds for the list, which is taken not to be empty."""
        if node.test is not None:
            tested = self.value(node.test)
            self.state.learn(guards.asked(tested), truth=True)
        source = self.value(node.source) if node.source is not None else NOTHING
        before = self.state
        self.state = before.fork()
        if node.target is not None:
            self.bind(node.target, element(source))
        self.block(node.body)
        after = self.state
        if after.dead:
            self.state = before
        else:
            cleared = after.cleared
            self.state = meet([after, before])
            self.state.cleared = cleared
        self.block(node.otherwise)

    def try_(self, node: ir.Try) -> None:
        """Handlers start from before the body, with what it bound; `finally` runs in every way."""
        before = self.state.fork()
        self.block(node.body)
        after = self.state
        for name, value in after.names.items():
            known = before.names.get(name)
            if known is None or _links_resolved(value):
                # Resolving fails where nothing is: whoever goes on then opens nothing.
                before.names[name] = value
            elif known is not value:
                before.names[name] = join(known, value)
        if not after.dead:
            self.block(node.otherwise)
        ends = [self.state]
        for handler in node.handlers:
            self.state = before.fork()
            if not after.dead and _raises(handler):
                # It lets through only what it names: a check that failed is raised again.
                self.state.cleared = dict(after.cleared)
            self.block(handler)
            ends.append(self.state)
        self.state = meet(ends)
        dead = self.state.dead
        if node.final:
            self.state.dead = False
            self.block(node.final)
            self.state.dead = self.state.dead or dead

    def bind_statement(self, node: ir.Bind) -> None:
        """An assignment."""
        self.value(node)

    def return_(self, node: ir.Return) -> None:
        """A way out, with what is ruled out there."""
        value = self.value(node.value) if node.value is not None else Value(const=None)
        if isinstance(node.value, ir.Call) and self.function.index not in self.world.entries:
            self.weak_join(node.value)
        if node.ends:
            if len(self.exits) < _MOST_EXITS:
                self.exits.append((value, self.state.fork(), self.switched))
            self.state.dead = True
        else:
            self.given = join(self.given, value)

    def raise_(self, node: ir.Raise) -> None:
        """A way out that gives nothing back."""
        if node.value is not None:
            self.value(node.value)
        self.state.dead = True

    def leave(self, _: ir.Leave) -> None:
        """The way goes on behind the loop."""
        self.state.dead = True

    def do(self, node: ir.Do) -> None:
        """An expression for its effect; a path that is resolved for nothing is a guard that does not hold."""
        value = self.value(node.value)
        if isinstance(node.value, ir.Call):
            self.weak_unused(node.value, value)

    def define(self, node: ir.Define) -> None:
        """A class: its body's bindings become fields."""
        klass = node.klass
        self.state.names[klass.name] = Value(refs=(klass,))
        for each in klass.body:
            if isinstance(each, ir.Bind) and isinstance(each.target, ir.Name):
                self._class_field(klass, each, each.target.id)

    def _class_field(self, klass: ir.Class, bound: ir.Bind, name: str) -> None:
        if isinstance(bound.value, ir.Closure) and name in klass.methods:
            self.closure(bound.value)
            return
        missing = isinstance(bound.value, ir.Const) and bound.value.value is ...
        value = NOTHING if missing else self.value(bound.value)
        refs = self.noted(bound.note)
        if refs:
            value = join(value, Value(refs=refs))
        if value is not NOTHING:
            self.world.store_field(klass, name, value)

    def import_(self, node: ir.Import) -> None:
        """A name from elsewhere."""
        module = self.module
        if node.member == "":
            found = self.world.imported(module, node.source, "*")
            for ref in found.refs:
                if isinstance(ref, Namespace):
                    self.state.names.update(self.world.names[ref.module.path])
            return
        self.state.names[node.name] = self.world.imported(module, node.source, node.member)

    def export(self, node: ir.Export) -> None:
        """A name for others."""
        exports = self.world.exports[self.module.path]
        if node.name == "*" and isinstance(node.value, ir.Const):
            found = self.world.imported(self.module, str(node.value.value), "*")
            exports["*"] = join(exports.get("*", NOTHING), found)
        else:
            exports[node.name] = self.value(node.value)


def _links_resolved(value: Value) -> bool:
    return bool(value.taint) and all(mark & REAL for mark in value.taint.values())


def _raises(handler: list[ir.Node]) -> bool:
    """The handler raises again on one of its ways."""
    waiting = list(handler)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ir.Raise):
            return True
        if isinstance(node, ir.Branch):
            waiting.extend(each for _, body in node.cases for each in body)
            waiting.extend(node.otherwise)
    return False


def _either(ways: list[State], asked: frozenset[tuple[int, int]]) -> dict[Origin, int]:
    """What any way ruled out of what was not asked about: the operator chose the way."""
    found: dict[Origin, int] = {}
    for state in ways:
        for origin, bits in state.cleared.items():
            agreed = bits if origin[:2] not in asked else _common(ways, origin)
            found[origin] = found.get(origin, 0) | agreed
    return found


def _common(ways: list[State], origin: Origin) -> int:
    bits = EVERY
    for state in ways:
        bits &= state.cleared.get(origin, 0)
    return bits


def _is_name(function: ir.Function, origin: Origin) -> bool:
    index, param, path = origin
    if path:
        return path[-1] == "name"
    return index == function.index and 0 <= param < len(function.params) and function.params[param].name == "name"


_STATEMENTS: Final[dict[type[ir.Node], Callable[..., None]]] = {
    ir.Bind: Interpreter.bind_statement,
    ir.Do: Interpreter.do,
    ir.Branch: Interpreter.branch,
    ir.Loop: Interpreter.loop,
    ir.Try: Interpreter.try_,
    ir.Return: Interpreter.return_,
    ir.Raise: Interpreter.raise_,
    ir.Leave: Interpreter.leave,
    ir.Define: Interpreter.define,
    ir.Import: Interpreter.import_,
    ir.Export: Interpreter.export,
}
