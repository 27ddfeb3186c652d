"""Scope: what a name means where it stands, and what a function's surroundings are."""

from __future__ import annotations

import builtins
from typing import Final

from yett.auditor.analysis import ir
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.state import State
from yett.auditor.analysis.values import DEEPEST_FIELD, NOTHING, Bound, Instance, Ref, Value, everything, join
from yett.auditor.analysis.world import Captured, World

_PROPERTIES: Final = frozenset(("property", "cached_property"))
# Names that are never a module or a function of a library: an unknown variable of that name stays unknown.
_GLOBALS_PYTHON: Final = frozenset(dir(builtins))
# Calls that rules look at as they are, besides where data goes: by their last name.
WATCHED: Final = frozenset(
    "run run_async run_http_async run_sse_async run_streamable_http_async run_stdio_async listen serve FastMCP Server "
    "TransportSecuritySettings accept http_app sse_app streamable_http_app create_task StreamableHTTPServerTransport "
    "SSEServerTransport SseServerTransport StreamableHTTPSessionManager uvicorn use cors CORSMiddleware add_middleware "
    "get post put delete patch all request fetch AsyncClient Client ClientSession Session create Agent "
    "create_default_context _create_unverified_context StarletteMCP createServer WebSocketServer Starlette "
    "FastAPI Flask "
    "express run_app run_simple make_server debug info warning error log warn print critical exception mktemp chmod "
    "createHash md5 sha1 new random randint choice token_hex DEBUG read readFile stream execute run_server start "
    "send_header NodeStreamableHTTPServerTransport NativeEnvironment Environment setHeader XMLParser parse fromstring "
    "decode Agent chmodSync XMLParser CORSMiddleware "
    "middleware run_app run_simple Config tempnam compile RegExp search match test fullmatch replace sub".split()
)


class Scope:
    """What the interpretation of one function stands on."""

    def __init__(self, world: World, function: ir.Function, state: State, captured: Captured) -> None:
        if function.module is None:
            raise TypeError(f"function `{function.name}` belongs to no module")
        self.world = world
        self.function = function
        self.module = function.module
        self.state = state
        self.captured = captured
        self.python = self.module.language == ir.PYTHON
        self.used: dict[int, int] = {}

    def lookup(self, name: str) -> Value:
        """What a name means: here, around, in the module, or outside of the target."""
        found = self.state.names.get(name)
        if found is not None:
            return found
        for names in self.captured.names:
            if name in names:
                return names[name]
        parent = self.function.parent
        while parent is not None and parent.name != "<module>":
            final = self.world.finals.get(parent.index, {}).get(name)
            if final is not None:
                return final
            parent = parent.parent
        found = self.world.names[self.module.path].get(name)
        if found is not None:
            return found
        if name == "self":
            klass = self.owner()
            return Value(refs=(Instance(klass, exact=False),)) if klass is not None else NOTHING
        if self.python and name not in _GLOBALS_PYTHON and not name.startswith("<"):
            return NOTHING
        return Value(refs=(name,))

    def owner(self) -> ir.Class | None:
        """The class whose method this is, or stands in."""
        function: ir.Function | None = self.function
        while function is not None:
            if function.klass is not None:
                return function.klass
            function = function.parent
        return None

    def noted(self, note: ir.Node | None, depth: int = 0) -> tuple[Ref, ...]:
        """What an annotation says a value is: an object of a class of the project, or of one outside."""
        if note is None or depth > DEEPEST_FIELD:
            return ()
        if isinstance(note, ir.Const) and isinstance(note.value, str):
            note = ir.Name(note.line, note.column, note.value.split("[")[0].split(" ")[0])
        if isinstance(note, ir.Logic):
            return tuple(ref for part in note.parts[:3] for ref in self.noted(part, depth + 1))
        if isinstance(note, ir.Item):
            base = (
                note.base.id
                if isinstance(note.base, ir.Name)
                else note.base.name
                if isinstance(note.base, ir.Attr)
                else ""
            )
            if base in {"Optional", "Annotated", "ClassVar", "Final"}:
                inner = note.key.items[0] if isinstance(note.key, ir.Sequence) and note.key.items else note.key
                return self.noted(inner, depth + 1)
            return ()
        found = self.world.note(note, self.module)
        refs: list[Ref] = []
        for ref in found.refs[:4]:
            if isinstance(ref, ir.Class):
                refs.append(Instance(ref, exact=False))
            elif isinstance(ref, str) and "." in ref:
                refs.append(f"{ref}()")
        return tuple(refs)

    def property(self, ref: Ref) -> ir.Function | None:
        """The getter, when a reference is a method that is read like a field."""
        function = ref.function if isinstance(ref, Bound) else None
        if function is None:
            return None
        for each in function.decorators:
            if isinstance(each, ir.Name) and each.id in _PROPERTIES:
                return function
        return None

    def bind_field(self, base: ir.Node, name: str, value: Value) -> None:
        """`base.name = value`: of this object, of an exported name, of a variable's object."""
        if isinstance(base, ir.Name) and base.id in {"exports", "module"} and not self.python:
            self._export(base.id, name, value)
            return
        if (
            isinstance(base, ir.Attr)
            and isinstance(base.base, ir.Name)
            and base.base.id == "module"
            and not self.python
        ):
            self.world.exports[self.module.path][name] = value
            return
        owner = self.value(base)
        for ref in owner.refs:
            if isinstance(ref, Instance):
                self.world.store_field(ref.klass, name, value)
        if isinstance(base, ir.Name) and base.id != "self" and not any(isinstance(r, Instance) for r in owner.refs):
            fields = dict(owner.fields or {})
            fields[name] = join(fields[name], value) if name == "*" and name in fields else value
            self.state.names[base.id] = Value(
                taint=owner.taint, refs=owner.refs, fields=fields, items=owner.items, facts=owner.facts
            )

    def _export(self, base: str, name: str, value: Value) -> None:
        exports = self.world.exports[self.module.path]
        if base == "exports":
            exports[name] = join(exports[name], value) if name in exports else value
        elif name == "exports":
            exports["default"] = value
            exports.update(value.fields or {})

    def trusted(self, value: Value) -> bool:
        """No stranger sets it: a constant, a field, or a parameter of a function that is no entry."""
        for origin in everything(value):
            entry = self.world.entries.get(origin[0])
            if origin[0] < 0 or (entry is not None and entry.dangers(origin)):
                return False
        return True

    def asks_address(self) -> None:
        """This function, and those around it, ask about addresses."""
        function: ir.Function | None = self.function
        while function is not None and function.name != "<module>":
            self.world.asks.add(function.index)
            function = function.parent

    def note_site(self, site: Site) -> None:
        """Keep a call that rules look at."""
        if site.method in WATCHED or any(path.rsplit(".", 1)[-1] in WATCHED for path in site.paths):
            self.world.sites[(self.module.path, site.node.line, site.node.column)] = site

    def value(self, node: ir.Node) -> Value:
        """The value of any expression; the expressions know how."""
        raise TypeError(f"line {node.line} cannot be evaluated by a scope alone")

    def attribute(self, base: Value, name: str) -> Value:
        """A field, a method; the expressions know how."""
        raise TypeError(f"`{name}` of {base} cannot be evaluated by a scope alone")
