"""World: everything that is known of one target while it is interpreted, and what each function turned out to do."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from yett.auditor.analysis import ir
from yett.auditor.analysis.effort import Effort
from yett.auditor.analysis.entries import Entry
from yett.auditor.analysis.modules import Modules, outside
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.summary import Flow, Spot, Summary
from yett.auditor.analysis.values import NOTHING, Bound, Instance, Namespace, Origin, Ref, Value, join, join_all

# 8 methods: a call on a declared type reaches so many subclasses.
MOST_OVERRIDES: int = 12
# 24 levels of inheritance and re-export: beyond is a cycle.
MOST_LINKS: int = 24


@dataclass(slots=True)
class Captured:
    """The variables around a function when it was made, nearest first, and what was ruled out there."""

    names: list[dict[str, Value]] = field(default_factory=list)
    cleared: dict[Origin, int] = field(default_factory=dict)


class World:
    """The target."""

    def __init__(self, modules: list[ir.Module]) -> None:
        self.modules = Modules(modules)
        self.functions: list[ir.Function] = []
        for module in modules:
            for function in module.functions:
                function.index = len(self.functions)
                self.functions.append(function)
        self.summaries = [Summary() for _ in self.functions]
        # A source of its own (an origin of function -1) has its flows here.
        self.loose = Summary()
        self.sources: list[str] = []
        self.names: dict[str, dict[str, Value]] = {module.path: {} for module in modules}
        self.exports: dict[str, dict[str, Value]] = {module.path: {} for module in modules}
        self.fields: dict[ir.Class, dict[str, Value]] = defaultdict(dict)
        self.captured: dict[int, Captured] = {}
        self.finals: dict[int, dict[str, Value]] = {}
        self.entries: dict[int, Entry] = {}
        self.sites: dict[tuple[str, int, int], Site] = {}
        self.changed = 0
        # Flows count only once it is known what functions prove: a guard that is not known yet lets everything through.
        self.recording = False
        self.effort = Effort(len(self.functions))
        # Functions that ask whether an address is private, and functions that some function of the target calls.
        self.asks: set[int] = set()
        # Where the Origin and the Host header of one request are handed on together, alone.
        self.pairs: dict[tuple[Spot, str], None] = {}
        # Where a function compares a resolved path with a list of paths.
        self.listed: dict[int, Spot] = {}
        self.called: set[int] = set()
        self.methods: dict[str, list[ir.Function]] = defaultdict(list)
        self.heirs: dict[str, list[ir.Class]] = defaultdict(list)
        self.classes: list[ir.Class] = [klass for module in modules for klass in module.classes]
        for klass in self.classes:
            for name, method in klass.methods.items():
                self.methods[name].append(method)
            for base in klass.bases:
                if isinstance(base, ir.Name | ir.Attr):
                    self.heirs[base.id if isinstance(base, ir.Name) else base.name].append(klass)

    def imported(self, importer: ir.Module, source: str, member: str) -> Value:
        """What an import binds."""
        module = self.modules.find(importer, source)
        if module is None and importer.language == ir.PYTHON and member not in {"*", ""}:
            inner = self.modules.find(importer, f"{source}.{member}" if not source.endswith(".") else source + member)
            if inner is not None:
                return Value(refs=(Namespace(inner),))
        if module is None:
            if source.startswith("."):
                return NOTHING
            return Value(refs=(outside(importer.language, source, member),))
        if member == "*":
            return Value(refs=(Namespace(module),))
        found = self.exported(module, member)
        if found is NOTHING and importer.language == ir.PYTHON:
            inner = self.modules.find(importer, f"{source}.{member}" if not source.endswith(".") else source + member)
            return Value(refs=(Namespace(inner),)) if inner is not None else NOTHING
        return found

    def exported(self, module: ir.Module, member: str, links: int = 0) -> Value:
        """What a module gives under a name; compiled code may hide it below `default`."""
        exports, names = self.exports[module.path], self.names[module.path]
        if member in exports:
            return exports[member]
        if module.language == ir.PYTHON or member != "default":
            found = names.get(member)
            if found is not None:
                return found
        if member == "default":
            return Value(refs=(Namespace(module),)) if exports or names else NOTHING
        star = exports.get("*")
        if star is not None and links < MOST_LINKS:
            return join_all(
                self.exported(ref.module, member, links + 1) for ref in star.refs if isinstance(ref, Namespace)
            )
        return NOTHING

    def lineage(self, klass: ir.Class) -> list[ir.Class]:
        """The class and its bases in the target, nearest first."""
        found, waiting = [klass], [klass]
        while waiting and len(found) < MOST_LINKS:
            for base in self.bases(waiting.pop(0)):
                if base not in found:
                    found.append(base)
                    waiting.append(base)
        return found

    def bases(self, klass: ir.Class) -> list[ir.Class]:
        """The direct bases that are in the target."""
        return [ref for base in klass.bases for ref in self.note(base, klass.module).refs if isinstance(ref, ir.Class)]

    def outer_bases(self, klass: ir.Class) -> list[str]:
        """The names of bases that are outside of the target."""
        return [
            ref
            for each in self.lineage(klass)
            for base in each.bases
            for ref in self.note(base, each.module).refs
            if isinstance(ref, str)
        ]

    def note(self, node: ir.Node | None, module: ir.Module | None) -> Value:
        """What a name in an annotation or a list of bases refers to."""
        names: list[str] = []
        while isinstance(node, ir.Attr):
            names.append(node.name)
            node = node.base
        if not isinstance(node, ir.Name) or module is None:
            return NOTHING
        value = self.names[module.path].get(node.id) or Value(refs=(node.id,))
        for name in reversed(names):
            value = join_all(self.member(ref, name) for ref in value.refs)
        return value

    def member(self, ref: Ref, name: str) -> Value:
        """An attribute of what a reference refers to."""
        if isinstance(ref, str):
            return Value(refs=(ref if name == "default" else f"{ref}.{name}",)) if len(ref) < 160 else NOTHING
        if isinstance(ref, Namespace):
            found = self.exported(ref.module, name)
            if found is NOTHING and ref.module.language == ir.PYTHON:
                inner = self.modules.find(ref.module, f".{name}") if ref.module.path.endswith("__init__.py") else None
                return Value(refs=(Namespace(inner),)) if inner is not None else NOTHING
            return found
        if isinstance(ref, ir.Class):
            return self.attribute(ref, name, None, exact=True)
        if isinstance(ref, Instance):
            return self.attribute(ref.klass, name, ref, exact=ref.exact)
        return NOTHING

    def attribute(self, klass: ir.Class, name: str, owner: Instance | None, *, exact: bool) -> Value:
        """An attribute of a class or of its instance; a declared type's method may be any heir's."""
        found = NOTHING
        for each in self.lineage(klass):
            method = each.methods.get(name)
            if method is not None:
                found = Value(refs=(self._bound(method, owner),))
                break
            if name in self.fields[each]:
                found = self.fields[each][name]
                break
        if not exact and (found is NOTHING or found.refs):
            for method in self._overrides(klass, name):
                found = join(found, Value(refs=(self._bound(method, owner),)))
        if found is NOTHING and owner is not None:
            outer = self.outer_bases(klass)
            if outer:
                return Value(refs=tuple(f"{base}().{name}" for base in outer[:3]))
        return found

    def _bound(self, method: ir.Function, owner: Instance | None) -> Bound | ir.Function:
        if owner is None and method.klass is not None and _takes_class(method):
            owner = Instance(method.klass, exact=False)
        if method.static or owner is None or (method.arrow and not method.params):
            return method
        return Bound(method, (Value(refs=(owner,)),))

    def _overrides(self, klass: ir.Class, name: str) -> list[ir.Function]:
        found: list[ir.Function] = []
        waiting, seen = [klass], {klass}
        while waiting and len(found) < MOST_OVERRIDES:
            for heir in self.heirs.get(waiting.pop().name, ()):
                if heir not in seen:
                    seen.add(heir)
                    waiting.append(heir)
                    if name in heir.methods:
                        found.append(heir.methods[name])
        return found

    def store_field(self, klass: ir.Class, name: str, value: Value) -> None:
        """A field of every instance of the class may hold this."""
        known = self.fields[klass].get(name)
        if known is None:
            self.fields[klass][name] = value
            self.changed += 1
        elif known is not value:
            joined = join(known, value)
            if len(joined.taint) != len(known.taint) or joined.refs != known.refs:
                self.changed += 1
            self.fields[klass][name] = joined

    def source(self, says: str) -> Origin:
        """A source of its own."""
        if says not in self.sources:
            self.sources.append(says)
        return (-1, self.sources.index(says), ())

    def record(self, flow: Flow) -> None:
        """Keep a flow with the function whose parameter it starts at."""
        if self.recording:
            index = flow.origin[0]
            (self.loose if index < 0 else self.summaries[index]).add(flow)


def _takes_class(method: ir.Function) -> bool:
    """A class method: called on the class, it is given the class."""
    return any(isinstance(each, ir.Name) and each.id == "classmethod" for each in method.decorators)
