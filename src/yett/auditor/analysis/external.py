"""Calls out of the project: where they do harm, and what they do to what they are given."""

from __future__ import annotations

from typing import Final

from yett.auditor.analysis import guards, ir
from yett.auditor.analysis.commands import words
from yett.auditor.analysis.harm import CLIENT_HOOKS
from yett.auditor.analysis.library import ADDRESS_QUESTIONS, ADDS, FUNCTIONS, METHODS
from yett.auditor.analysis.marks import (
    EVERY,
    IF_RESOLVED,
    INSIDE,
    LEXICAL,
    NAME,
    OPTION,
    PATH,
    PIECE,
    RAW,
    REAL,
    RESOLVED,
    ROOT,
    SHELL,
    SOFT,
    WHOLE_FORM,
)
from yett.auditor.analysis.schemas import zod
from yett.auditor.analysis.sinks import REQUEST, hits
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.texts import Texts
from yett.auditor.analysis.values import (
    MOST_ITEMS,
    NOTHING,
    Taint,
    Value,
    element,
    everything,
    field,
    join,
    join_all,
    join_taint,
    with_facts,
)

_JOINS: Final = frozenset(
    ("os.path.join", "path.join", "path.posix.join", "path.win32.join", "<path>/", "posixpath.join")
)
_RESOLVES: Final = frozenset(("path.resolve", "path.posix.resolve", "path.win32.resolve"))
_URLS: Final = frozenset(("url.URL", "URL", "urllib.parse.urljoin"))
_READS_ADDRESS: Final = frozenset(("ipaddress.ip_address", "ipaddr.parse", "ipaddr.js.parse", "ipaddr.process"))
# Answers of another MCP server: a client that trusts them is led by it.
_FROM_SERVERS: Final = frozenset(("list_tools", "listTools", "list_prompts", "listPrompts", "get_tools"))


class External(Texts):
    """Values of calls that leave the project."""

    def external(self, site: Site) -> Value:
        """What such a call gives back; its dangerous arguments become flows."""
        if site.method in _FROM_SERVERS:
            return Value(taint={self.world.source("a description from another MCP server"): EVERY | RAW})
        guarded = self.guarded_client(site)
        for hit in hits(site):
            if not (guarded and hit.kind == REQUEST):
                self.flow(site, hit)
        made = self._schema(site)
        if made is None:
            made = self.pattern(site)
        if made is None:
            made = self._by_path(site)
        if made is None:
            made = self._by_method(site)
        if not made.facts and any(mark & RESOLVED for value in site.args for mark in value.taint.values()):
            # Another's question about addresses that a name resolved to.
            return with_facts(made, tuple(fact for value in site.args for fact in guards.address(value, self.state)))
        return made

    def _schema(self, site: Site) -> Value | None:
        if site.paths and site.paths[0].startswith("zod"):
            return zod(site.method, NOTHING, site.args)
        if site.receiver.const.__class__.__name__ == "Schema":
            return zod(site.method, site.receiver, site.args)
        return None

    def _by_path(self, site: Site) -> Value | None:
        """Functions that the tables know by their full name."""
        for path in site.paths:
            if path in _JOINS or path in _RESOLVES:
                return self._joined(site.args, path)
            if path in _URLS and len(site.args) > 1:
                return self._url(site.args)
            if path == "isinstance" and len(site.args) > 1:
                closed = {"int", "float", "bool"} & set(site.args[1].paths()) or site.args[1].items
                return Value(facts=guards.numeric(site.args[0])) if closed else NOTHING
            if path in {"os.path.isabs", "path.isAbsolute"} and site.args:
                return Value(facts=guards.absolute(site.args[0]))
            if path in {"Number.isInteger", "Number.isFinite", "Number.isSafeInteger"} and site.args:
                return Value(facts=guards.numeric(site.args[0]))
            if path in {"any", "all", "bool", "Boolean"} and site.args:
                return Value(facts=site.args[0].facts)
            if path == "shlex.split" and site.args:
                return words(_changed(site.args[0], (SHELL, PIECE)))
            if path in _READS_ADDRESS and site.args:
                self.asks_address()
                for origin in everything(site.args[0]):
                    self.state.rule_out(origin, NAME)
            if path == "net.isIP" and site.args:
                self.asks_address()
                return Value(facts=guards.all_of(site.args[0], truth=True, dangers=NAME))
            effect = FUNCTIONS.get(path)
            if effect is not None:
                return self._effect(site, path, effect)
            if site.node.new or path[:1].isupper() or path.rsplit(".", 1)[-1][:1].isupper():
                return self._made(site, path)
        if not site.paths:
            return None
        refs = tuple(f"{path}()" for path in site.paths if len(path) < 120)[:4]
        if site.receiver.taint and site.method in METHODS:
            return self._by_method(site)
        return Value(refs=refs)

    def _effect(self, site: Site, path: str, effect: tuple[int, int]) -> Value:
        given = join_all([*site.args, *(v for name, v in site.keywords.items() if name in {"s", "path", "url", "obj"})])
        if path in {"pathlib.Path", "Path"} and len(site.args) > 1:
            return self._joined(site.args, "<path>/")
        made = _changed(given, effect)
        if effect == (0, 0) and len(site.args) == 1:
            keeps = path not in {"pathlib.Path", "url.URL", "URL", "urllib.parse.urlparse"}
            only = site.args[0]
            return Value(
                taint=made.taint,
                items=only.items,
                fields=only.fields if keeps else None,
                head=only.head,
                refs=only.refs if keeps and only.taint == {} else (),
                const=only.const if keeps else NOTHING.const,
            )
        return made

    def _made(self, site: Site, path: str) -> Value:
        """An object of a class outside: it holds what it was made of, for all that is known."""
        taint: Taint = {}
        for value in site.args[:1]:
            taint = join_taint(taint, everything(value))
        soft = {origin: (mark & ~RAW) | PIECE | SOFT for origin, mark in taint.items()}
        hooks = {name: value for name in CLIENT_HOOKS if (value := site.option(name)) is not NOTHING}
        return Value(
            refs=(f"{path}()",),
            fields=hooks or None,
            taint=soft if site.node.new or path.endswith(("Request", "Url", "URI")) else {},
        )

    def _joined(self, args: list[Value], path: str) -> Value:
        """Paths joined: in Python an absolute part replaces what stands before it; so it does for `resolve`."""
        taint: Taint = {}
        keeps_root = self.python or path in _RESOLVES
        for i, value in enumerate(args):
            clear = 0 if keeps_root or i == 0 else ROOT
            add = LEXICAL if path in _RESOLVES else 0
            drop = RAW | WHOLE_FORM | (OPTION if i else 0)
            found = everything(value)
            taint = join_taint(taint, {o: (m & ~clear & ~drop) | add | (INSIDE if i else 0) for o, m in found.items()})
        head = args[0].head if args else None
        last = args[-1].text if args else None
        return Value(taint=taint, head=(head or "\0") + ("/" if last == "" else ""))

    def _url(self, args: list[Value]) -> Value:
        """A URL seen from a base: an absolute one replaces it, a path of ours in front does not."""
        return Value(taint=_changed(args[0], (0, 0)).taint | everything(args[1]), head=args[1].head)

    def _by_method(self, site: Site) -> Value:
        """Methods of values whose type is not known."""
        method, receiver, args = site.method, site.receiver, site.args
        fact = self._asked(site, method, receiver, args)
        if fact is not None:
            return fact
        if method in ADDS and args:
            self._added(site)
        if method == "format" and receiver.head is not None:
            return self.formatted(site)
        if method == "join":
            return self.listed(site)
        if method == "joinpath":
            return self._joined([receiver, *args], "<path>/")
        if method in {"get", "getlist", "getHeader", "header"} and args and args[0].text is not None:
            known = field(receiver, args[0].text)
            return join(known, args[1]) if len(args) > 1 else known
        if method in {"get", "pop"} and args and receiver.fields:
            return element(receiver)
        effect = METHODS.get(method)
        taint = everything(receiver) if receiver.taint or receiver.items or receiver.fields else {}
        if not taint:
            return Value(refs=tuple(f"{path}()" for path in site.paths[:2]), items=None)
        if effect is None:
            effect = (0, PIECE)
        keep_raw = method in {"json", "form", "model_dump", "dict", "copy", "body", "text", "query"}
        made = {o: (m & ~effect[0] & ~(0 if keep_raw else RAW)) | effect[1] for o, m in taint.items()}
        return Value(
            taint=made,
            head=receiver.head if effect == (0, 0) else None,
            items=receiver.items if method in {"concat", "copy", "flat"} else None,
            fields=receiver.fields if method in {"model_dump", "dict", "copy"} else None,
        )

    def _asked(self, site: Site, method: str, receiver: Value, args: list[Value]) -> Value | None:
        """Questions whose answer proves something."""
        if method in {"startswith", "startsWith"} and args:
            self.weak_prefix(site, receiver, args[0])
            return Value(facts=guards.starts(receiver, args[0], self.trusted))
        if method in {"endswith", "endsWith"} and args:
            return Value(facts=guards.ends(receiver, args[0]))
        if method in {"includes", "has", "__contains__", "contains"} and args:
            self.weak_search(site, args[0], receiver)
            return Value(facts=guards.member(args[0], receiver, negated=False, trusts=self.trusted))
        if method == "is_relative_to":
            facts = guards.all_of(receiver, truth=True, dangers=_inside(receiver))
            return Value(facts=facts)
        if method == "relative_to":
            for origin in everything(receiver):
                self.state.rule_out(origin, _inside(receiver))
            return Value(taint=everything(receiver))
        if method in {"is_absolute", "isAbsolute"}:
            return Value(facts=guards.absolute(receiver))
        if method in {"isdigit", "isalnum", "isidentifier", "isnumeric", "isdecimal", "isalpha"}:
            return Value(facts=guards.all_of(receiver, truth=True, dangers=EVERY))
        if method in ADDRESS_QUESTIONS:
            return Value(facts=guards.address(receiver, self.state))
        return None

    def _added(self, site: Site) -> None:
        """`list.append(x)`: the variable or field that holds the list holds x too."""
        func = site.node.func
        if not isinstance(func, ir.Attr) or site.method == "write":
            return
        given = site.args[-1]
        if site.method in {"push", "append", "add", "appendleft", "unshift"}:
            items = tuple([*(site.receiver.items or ()), *site.args][:MOST_ITEMS])
        elif site.method in {"extend", "update"}:
            more = given.items if given.items is not None else (Value(taint=given.taint),)
            items = tuple([*(site.receiver.items or ()), *more][:MOST_ITEMS])
        else:
            items = site.receiver.items or ()
        held = Value(
            taint=site.receiver.taint, refs=site.receiver.refs, fields=site.receiver.fields, items=items or None
        )
        if isinstance(func.base, ir.Name):
            self.state.names[func.base.id] = held
        elif isinstance(func.base, ir.Attr):
            self.bind_field(func.base.base, func.base.name, held)

    def longer(self, old: Value, more: Value) -> Value:
        """`list += more`."""
        items = tuple([*(old.items or ()), *(more.items or (more,))][:MOST_ITEMS])
        return Value(taint=old.taint, items=items)


def _changed(value: Value, effect: tuple[int, int]) -> Value:
    clear, add = effect
    return Value(taint={o: (m & ~clear & ~RAW) | add for o, m in everything(value).items()})


def _inside(value: Value) -> int:
    """What lying below a base proves: all of a resolved path; of a helper's parameter, what its caller made of it."""
    if _resolved(value):
        return PATH
    given = all(mark & RAW for mark in everything(value).values())
    return ROOT | IF_RESOLVED if given else ROOT


def _resolved(value: Value) -> bool:
    return all(mark & (LEXICAL | REAL) for mark in everything(value).values())
