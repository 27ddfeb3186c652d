"""Weak guards: tests that look like a guard and are none. What reaches one is a flow like any other."""

from __future__ import annotations

import re
from typing import Final

from yett.auditor.analysis import ir
from yett.auditor.analysis.guards import ends_folder
from yett.auditor.analysis.harm import Harm
from yett.auditor.analysis.marks import DOTS, HOST, HOSTPART, LEXICAL, PATH, PIECE, RAW, REAL, SOFT, SQL, SUFFIX
from yett.auditor.analysis.sinks import (
    DENIED_HOSTS,
    DENIED_PATHS,
    JOINED,
    KEYWORDS,
    PREFIX,
    UNRESOLVED,
    UNUSED,
    URL_PREFIX,
)
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.summary import Flow, Sink, Spot
from yett.auditor.analysis.values import Bound, Value, everything, texts

# Words that change a database, in SQL and Cypher. Two of them in one test are a list of what is forbidden.
_CHANGES: Final = frozenset(
    "insert update delete drop create alter truncate merge set remove replace grant revoke detach add".split()
)
_READS: Final = frozenset("select show describe explain with match desc".split())
_WORD: Final = re.compile(r"[A-Za-z]{3,12}")
_FEW: Final = 2
_JOINS: Final = frozenset(("os.path.join", "path.join", "<path>/"))
_METADATA: Final = ("localhost", "127.0.0.1", "169.254.169.254", "::1", "0.0.0.0", "metadata.google.internal")  # noqa: S104 - searched for, never bound


class Weak(Harm):
    """Records tests that do not hold."""

    def weak(self, kind: str, node: ir.Node, value: Value, dangers: int, form: int = 0) -> None:
        """Whatever is dangerous in `value` reaches a guard that does not stop it."""
        spot = Spot(self.module, node.line, node.column)
        for origin, mark in everything(value).items():
            left = self.state.left(origin, mark) & dangers
            if left and mark & form == form:
                sink = Sink(kind, spot, kind, self.function.qualified)
                self.world.record(Flow(origin, sink, left, (), bool(mark & SOFT), self.state.tool))

    def weak_prefix(self, site: Site, text: Value, prefix: Value) -> None:
        """`path.startsWith(base)` without a separator; a URL without its slash; a query's first word."""
        known = prefix.text
        if known is not None:
            scheme, found, rest = known.partition("://")
            if found and scheme in {"http", "https"} and rest and "/" not in rest:
                self.weak(URL_PREFIX, site.node, text, HOST)
            words = known.strip().lower().split()
            if words and words[0] in _READS and not text.text:
                self.weak(KEYWORDS, site.node, text, SQL)
            return
        if not text.taint or not self.trusted(prefix):
            return
        for origin, mark in text.taint.items():
            one = Value(taint={origin: mark})
            if mark & (LEXICAL | REAL):
                if not ends_folder(prefix):
                    self.weak(PREFIX, site.node, one, PATH)
            elif not mark & (PIECE | HOSTPART | SUFFIX):
                self.weak(UNRESOLVED, site.node, one, PATH)
                self.weak(URL_PREFIX, site.node, one, HOST)

    def weak_unused(self, node: ir.Call, value: Value) -> None:
        """`path.resolve()` as a statement: whatever it found out is thrown away."""
        name = node.func.name if isinstance(node.func, ir.Attr) else ""
        if name in {"resolve", "realpath", "normalize", "normpath"}:
            self.weak(UNUSED, node, value, PATH, LEXICAL)

    def weak_join(self, node: ir.Call) -> None:
        """`return join(base, path)`: whoever calls this for a safe path gets one that leads anywhere."""
        if not any(path in _JOINS for path in self.value(node.func).paths()) or len(node.args) < _FEW:
            return
        base, *rest = [self.value(argument) for argument in node.args]
        if everything(base):
            return
        for value in rest:
            self.weak(JOINED, node, value, DOTS, RAW)

    def weak_denied(self, test: ir.Node) -> None:
        """A way ends where a path is one of a list: what lies below those folders goes through."""
        if not isinstance(test, ir.Call) or not isinstance(test.func, ir.Name | ir.Attr):
            return
        for ref in self.value(test.func).refs:
            function = ref.function if isinstance(ref, Bound) else ref
            spot = self.world.listed.get(function.index) if isinstance(function, ir.Function) else None
            if spot is None or not isinstance(function, ir.Function):
                continue
            sink = Sink(DENIED_PATHS, spot, DENIED_PATHS, function.qualified)
            for argument in test.args:
                for origin, mark in everything(self.value(argument)).items():
                    left = self.state.left(origin, mark) & PATH
                    if left:
                        self.world.record(Flow(origin, sink, left, (), soft=False, tool=self.state.tool))

    def weak_search(self, site: Site, needle: Value, text: Value) -> None:
        """`query.includes("DROP")`, `any(word in query for word in WORDS)`."""
        self.weak_words(site.node, text, texts(needle))

    def weak_words(self, node: ir.Node, text: Value, words: tuple[str, ...]) -> None:
        """A text is searched for words that change a database."""
        if sum(1 for word in words if word.strip().lower() in _CHANGES) >= _FEW:
            self.weak(KEYWORDS, node, text, SQL)

    def weak_pattern(self, site: Site, text: Value, patterns: tuple[str, ...]) -> None:
        """A text is searched for a pattern of such words."""
        found = {word.lower() for pattern in patterns for word in _WORD.findall(pattern)} & _CHANGES
        if len(found) > _FEW:
            self.weak(KEYWORDS, site.node, text, SQL)

    def weak_comparison(self, node: ir.Compare, left: Value, right: Value) -> None:
        """A host that is compared with the names of this machine, without asking what it resolves to."""
        if node.op in {"in", "not in"}:
            self.weak_words(node, right, texts(left))
        if node.op == "in" and any(mark & (LEXICAL | REAL) for mark in left.taint.values()):
            self.world.listed.setdefault(self.function.index, Spot(self.module, node.line, node.column))
        for asked, other in ((left, right), (right, left)):
            names = [*texts(other), *(each.text or "" for each in other.items or ())]
            if any(mark & HOSTPART for mark in asked.taint.values()) and any(name in _METADATA for name in names):
                self.weak(DENIED_HOSTS, node, asked, HOST, HOSTPART)
