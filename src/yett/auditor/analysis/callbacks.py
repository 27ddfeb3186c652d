"""Callbacks: calls that call one of their arguments, and the calls that leave the project."""

from __future__ import annotations

from yett.auditor.analysis import ir
from yett.auditor.analysis.calls import Calls
from yett.auditor.analysis.library import CALLER_METHODS, CALLERS, EACH, WITH, WRAPPERS
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.values import (
    NOTHING,
    Bound,
    Value,
    element,
    join,
    with_facts,
)


class Callbacks(Calls):
    """Functions given to others."""

    def outside(self, site: Site, node: ir.Call) -> Value:
        """A call out of the project, or of something unknown."""
        called = self._called_back(site, node)
        if called is not None:
            return called
        if self._is_import(site):
            return self.world.imported(self.module, site.args[0].text or "", "*")
        return self.external(site)

    def _is_import(self, site: Site) -> bool:
        return site.method in {"require", "import"} and len(site.args) >= 1 and site.args[0].text is not None

    def _called_back(self, site: Site, node: ir.Call) -> Value | None:
        """Calls that call one of their arguments: `asyncio.to_thread(f, x)`, `list.map(f)`, `promise.then(f)`."""
        for path in site.paths:
            if path in WRAPPERS and site.args:
                return Value(refs=site.args[0].refs, fields=site.args[0].fields, taint=site.args[0].taint)
            if path in CALLERS:
                return self._delegated(site, CALLERS[path], node)
        if site.method in CALLER_METHODS and site.args:
            position = CALLER_METHODS[site.method]
            if site.method in {"call", "apply", "bind"}:
                return self._applied(site, node)
            if position < len(site.args) and site.args[position].refs:
                return self._delegated(site, position, node)
        if (
            site.method in EACH | WITH
            and site.args
            and any(isinstance(r, ir.Function | Bound) for r in site.args[0].refs)
        ):
            given = site.receiver if site.method in WITH else element(site.receiver)
            result = self._each(site.args[0], [given], node)
            if site.method in {"filter", "sort", "find"}:
                found = self._filtered(site, given)
                return with_facts(found, result.facts) if site.method == "find" else found
            if site.method in {"some", "every"}:
                return Value(facts=result.facts)
            return result if site.method in {"map", "flatMap", "then", "reduce"} else Value(taint=site.receiver.taint)
        return None

    def _filtered(self, site: Site, given: Value) -> Value:
        """What a filter lets through was tested by it."""
        proven = 0
        for ref in site.args[0].refs:
            function = ref.function if isinstance(ref, Bound) else ref
            if isinstance(function, ir.Function):
                for path, when, origin, bits in self.world.summaries[function.index].facts:
                    if not path and when and origin == (function.index, 0, ()):
                        proven |= bits
        return Value(
            taint={origin: mark & ~proven for origin, mark in given.taint.items()},
            refs=given.refs,
            fields=given.fields,
            items=site.receiver.items if site.method != "find" and not proven else None,
        )

    def _each(self, called: Value, args: list[Value], node: ir.Node) -> Value:
        result = NOTHING
        for ref in called.refs:
            function, given = (ref.function, list(ref.given)) if isinstance(ref, Bound) else (ref, [])
            if isinstance(function, ir.Function):
                result = join(result, self.call_function(function, [*given, *args], {}, node))
        return result

    def _delegated(self, site: Site, position: int, node: ir.Call) -> Value:
        """The function at `position` is called with the arguments behind it."""
        if position >= len(site.args):
            return NOTHING
        called, rest = site.args[position], site.args[position + 1 :]
        inner = Site(node, self.function, called.paths(), _last(called), NOTHING, rest, site.keywords)
        result = NOTHING
        for ref in called.refs:
            if isinstance(ref, ir.Function | Bound | ir.Class):
                result = join(result, self.call_target(ref, inner))
        if inner.paths:
            result = join(result, self.external(inner))
        return result

    def _applied(self, site: Site, node: ir.Call) -> Value:
        """`f.call(this, x)`, `f.apply(this, [x])`, `f.bind(this)`."""
        if site.method == "bind":
            return Value(refs=site.receiver.refs)
        rest = site.args[1:]
        if site.method == "apply" and rest:
            rest = list(rest[0].items or (rest[0],))
        inner = Site(node, self.function, site.receiver.paths(), _last(site.receiver), NOTHING, rest, site.keywords)
        result = NOTHING
        for ref in site.receiver.refs:
            if isinstance(ref, ir.Function | Bound):
                result = join(result, self.call_target(ref, inner))
        return join(result, self.external(inner)) if inner.paths else result


def _last(value: Value) -> str:
    return next((path.rsplit(".", 1)[-1] for path in value.paths()), "")
