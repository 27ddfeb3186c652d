"""Interprets calls: into the project by summaries, out of it by tables."""

from __future__ import annotations

from typing import Final

from yett.auditor.analysis import guards, ir
from yett.auditor.analysis.entries import Entry, of_call, of_decorator
from yett.auditor.analysis.library import METHODS
from yett.auditor.analysis.lifting import Given, Lifting
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.summary import Spot
from yett.auditor.analysis.values import (
    MOST_ITEMS,
    NOTHING,
    Bound,
    Instance,
    Ref,
    Taint,
    Value,
    everything,
    field,
    join,
    join_taint,
    with_facts,
)

# 24 functions that one call may mean; 3 when only the method's name is known.
_MOST_TARGETS: Final = 40
_MOST_NAMESAKES: Final = 2
# Names that libraries use too: a method of that name on an unknown value is not the project's.
_COMMON: Final = frozenset(
    "get set add run call execute query open close read write send start stop append extend update delete find "
    "list load "
    "save parse format map filter join split replace init create post put push pop keys values items log info "
    "error warn "
    "debug emit on connect disconnect fetch request clear copy next then match test exec text json copy count index "
    "process handle register search validate render build submit insert remove reset connect commit rollback".split()
)
Keywords = dict[str, Value]


class Calls(Lifting):
    """Values of calls."""

    def call(self, node: ir.Call) -> Value:
        """Any call."""
        site, callee = self._site(node)
        targets = [ref for ref in callee.refs if isinstance(ref, ir.Function | Bound | ir.Class)][:_MOST_TARGETS]
        if site.method == "super" or (isinstance(node.func, ir.Name) and node.func.id == "self" and not node.new):
            owner = self.owner()
            targets = [owner] if self.python and owner is not None else self._super_constructors()
        self.register(site)
        if (
            not targets
            and not site.paths
            and isinstance(node.func, ir.Attr)
            and site.method not in _COMMON | METHODS.keys()
        ):
            targets = list(self._namesakes(site))
        result = NOTHING
        for target in targets:
            result = join(result, self.call_target(target, site))
        if not targets or site.paths:
            result = join(result, self.outside(site, node))
        else:
            self.project_sinks(site)
        return result

    def _site(self, node: ir.Call) -> tuple[Site, Value]:
        func = node.func
        if isinstance(func, ir.Attr):
            receiver = self.value(func.base)
            method = func.name
            callee = self.attribute(receiver, method)
        else:
            receiver, method = NOTHING, func.id if isinstance(func, ir.Name) else ""
            callee = self.value(func)
            if isinstance(func, ir.Call):
                method = _called_name(func)
            if not method:
                method = next((path.rsplit(".", 1)[-1] for path in callee.paths()), "")
        args: list[Value] = []
        spread: list[bool] = []
        for each in node.args:
            value = self.value(each)
            if isinstance(each, ir.Spread) and value.items is not None:
                args.extend(value.items)
                spread.extend([False] * len(value.items))
            else:
                args.append(value)
                spread.append(isinstance(each, ir.Spread))
        keywords: Keywords = {}
        for name, given in node.keywords:
            value = self.value(given)
            if name is not None:
                keywords[name] = value
            elif value.fields:
                keywords.update(value.fields)
            if name is None and value.taint:
                keywords["**"] = Value(taint=value.taint)
        paths = callee.paths()
        if paths and not isinstance(func, ir.Attr | ir.Call):
            method = paths[0].rsplit(".", 1)[-1]
        return Site(node, self.function, paths, method, receiver, args[:MOST_ITEMS], keywords, spread), callee

    def outside(self, site: Site, node: ir.Call) -> Value:
        """A call out of the project; the subclass knows which of them call back."""
        raise TypeError(f"`{site.method}` at line {node.line} is outside")

    def _super_constructors(self) -> list[ir.Function | Bound | ir.Class]:
        klass = self.owner()
        if klass is None:
            return []
        names = ("constructor", "__init__")
        return [base.methods[name] for base in self.world.lineage(klass)[1:] for name in names if name in base.methods]

    def _namesakes(self, site: Site) -> list[Bound | ir.Function]:
        """The project's only methods of that name, when the receiver is not known."""
        if site.receiver.text is not None or site.receiver.items is not None:
            return []
        found = self.world.methods.get(site.method, [])
        if not 0 < len(found) <= _MOST_NAMESAKES or found[0].klass is None:
            return []
        return [Bound(each, (Value(refs=(Instance(each.klass, exact=False),)),)) for each in found if each.klass]

    def call_target(self, target: Ref, site: Site) -> Value:
        """A function, a method or a class of the project."""
        if isinstance(target, ir.Class):
            return self._construct(target, site)
        given: list[Value] = []
        if isinstance(target, Bound):
            given, target = list(target.given), target.function
        if not isinstance(target, ir.Function):
            return NOTHING
        return self.call_function(target, [*given, *site.args], site.keywords, site.node, site.spread)

    def _construct(self, klass: ir.Class, site: Site) -> Value:
        made = Instance(klass, exact=True)
        owner = Value(refs=(made,))
        for each in self.world.lineage(klass):
            init = each.methods.get("__init__") or each.methods.get("constructor")
            if init is not None:
                self.call_function(init, [owner, *site.args], site.keywords, site.node)
                return owner
        # A record: pydantic and dataclasses set their fields from keywords.
        fields = {name: value for name, value in site.keywords.items() if name != "**"}
        taint: Taint = site.keywords["**"].taint if "**" in site.keywords else {}
        return Value(refs=(made,), fields=fields or None, taint=taint)

    def call_function(
        self,
        function: ir.Function,
        args: list[Value],
        keywords: Keywords,
        node: ir.Node | None,
        spread: list[bool] | None = None,
    ) -> Value:
        """A call of a function of the project: its flows become ours, and its answer is ours."""
        if function.module is not None and function.module.language == ir.SCRIPT and args:
            first = args[0]
            method = function.klass is not None and first.refs and isinstance(first.refs[0], Instance)
            if method and not first.taint and not first.fields:
                args = args[1:]
        summary = self.world.summaries[function.index]
        self.world.effort.spend()
        if self.world.effort.over:
            return NOTHING
        bound = self._arguments(function, args, keywords, spread or [])
        self.used[function.index] = summary.version
        if function is not self.function:
            self.world.called.add(function.index)
        if node is not None:
            self.lift(function, bound, node)
        for origin, bits in summary.exits.items():
            self.passed_guard(function, bound, origin, bits)
        answer = self.substitute(summary.returns, Given(function.index, bound), summary.facts)
        if function.index in self.world.asks:
            self.asks_address()
            facts = tuple(fact for value in args for fact in guards.address(value, self.state))
            answer = with_facts(answer, (*facts, *answer.facts)) if facts else answer
        return answer

    def _arguments(
        self, function: ir.Function, args: list[Value], keywords: Keywords, spread: list[bool]
    ) -> dict[int, Value]:
        bound: dict[int, Value] = {}
        rest = list(args)
        anything = NOTHING
        if any(spread):
            anything = Value(taint=args[-1].taint) if args else NOTHING
        for index, param in enumerate(function.params):
            if param.star:
                taint: Taint = {}
                for each in rest:
                    taint = join_taint(taint, everything(each))
                bound[index], rest = Value(items=tuple(rest[:MOST_ITEMS]), taint={}), []
            elif param.stars:
                bound[index] = Value(fields=dict(keywords), taint=keywords["**"].taint if "**" in keywords else {})
            elif param.name in keywords:
                bound[index] = keywords[param.name]
            elif rest:
                bound[index] = rest.pop(0)
            elif "**" in keywords:
                bound[index] = field(keywords["**"], param.name)
            elif anything is not NOTHING:
                bound[index] = anything
        return bound

    def register(self, site: Site) -> None:
        """Entries that the call registers, and the call itself for the rules that look at calls."""
        for function, entry in of_call(site):
            self.enter(function, entry)
        self.note_site(site)
        self._note_pair(site)

    def _note_pair(self, site: Site) -> None:
        if len(site.args) != 2:
            return
        paths = {path[-2:] for value in site.args for _, _, path in value.taint}
        if paths == {("headers", "origin"), ("headers", "host")}:
            spot = Spot(self.module, site.node.line, site.node.column)
            self.world.pairs[(spot, self.function.qualified)] = None

    def decorated(self, function: ir.Function) -> None:
        """Entries that decorators make."""
        for decorator in function.decorators:
            self.value(decorator)
            entry = of_decorator(function, decorator)
            if entry is not None:
                self.enter(function, entry)

    def enter(self, function: ir.Function, entry: Entry) -> None:
        """A function is an entry; of two descriptions, the surer one."""
        known = self.world.entries.get(function.index)
        if (
            known is None
            or known.reach < entry.reach
            or (not known.name and entry.name)
            or (entry.left and not known.left)
        ):
            self.world.entries[function.index] = entry


def _called_name(func: ir.Call) -> str:
    """`mcp.tool(...)(function)` registers as `mcp.tool(function)` does."""
    inner = func.func
    return inner.name if isinstance(inner, ir.Attr) else inner.id if isinstance(inner, ir.Name) else ""
