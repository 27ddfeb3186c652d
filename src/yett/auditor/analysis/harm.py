"""Harm: arguments that reach a sink become flows, unless the client was built with a guard."""

from __future__ import annotations

from typing import Final

from yett.auditor.analysis import ir
from yett.auditor.analysis.marks import HOST, SOFT
from yett.auditor.analysis.scope import Scope
from yett.auditor.analysis.sinks import API_PATH, QUERY, Hit, hits, looks_like_query
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.summary import Flow, Sink, Spot
from yett.auditor.analysis.values import (
    NOTHING,
    Bound,
    Instance,
    Value,
    everything,
)

CLIENT_HOOKS: Final = (
    "event_hooks",
    "transport",
    "dispatcher",
    "agent",
    "httpAgent",
    "httpsAgent",
    "lookup",
    "connector",
)
_MOST_HOOKS: Final = 24


class Harm(Scope):
    """Records what reaches a sink."""

    def flow(self, site: Site, hit: Hit) -> None:
        """Every origin of a dangerous argument flows into the call."""
        self.flow_to(site.node, hit, site.paths[0] if site.paths else site.method)

    def flow_to(self, node: ir.Node, hit: Hit, callee: str) -> None:
        """Every origin of a dangerous value flows into what stands there."""
        spot = Spot(self.module, node.line, node.column)
        for origin, mark in everything(hit.value).items():
            left = self.state.left(origin, mark)
            if not left & hit.dangers:
                continue
            needs = 0 if not hit.needs or self._fits(hit, mark) else hit.needs
            if needs and mark & hit.needs:
                continue
            if hit.kind == API_PATH and (needs or left & HOST):
                continue
            sink = Sink(hit.kind, spot, callee, self.function.qualified, needs)
            flow = Flow(origin, sink, left & hit.dangers, (), bool(mark & SOFT), self.state.tool)
            self.world.record(flow)

    def _fits(self, hit: Hit, mark: int) -> bool:
        if not mark & hit.needs:
            return False
        return hit.kind != QUERY or looks_like_query(hit.value.head)

    def moves(self, sink: Sink, value: Value, mark: int) -> bool:
        """A query's sink is where its text was put together and handed on."""
        return sink.kind == QUERY and bool(mark & sink.needs) and looks_like_query(value.head)

    def project_sinks(self, site: Site) -> None:
        """A query is put together where it is handed to a method that runs queries, also one of the project."""
        for hit in hits(site):
            if hit.kind == QUERY:
                self.flow(site, hit)

    def guarded_client(self, site: Site) -> bool:
        """The client was given a hook, a transport or a lookup of the project that asks about addresses."""
        given = [site.option(name) for name in CLIENT_HOOKS]
        given.extend((site.receiver.fields or {}).get(name, NOTHING) for name in CLIENT_HOOKS)
        return any(self._asking(value) for value in given if value is not NOTHING)

    def _asking(self, value: Value) -> bool:
        waiting = [value]
        for _ in range(_MOST_HOOKS):
            if not waiting:
                return False
            each = waiting.pop()
            waiting.extend((*(each.items or ()), *(each.fields or {}).values()))
            for ref in each.refs:
                methods = list(ref.klass.methods.values()) if isinstance(ref, Instance) else []
                functions = [ref.function if isinstance(ref, Bound) else ref, *methods]
                if any(isinstance(f, ir.Function) and f.index in self.world.asks for f in functions):
                    return True
        return False
