"""Entries: functions that a model, or another stranger, can call; and what of their parameters the stranger sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from yett.auditor.analysis import ir
from yett.auditor.analysis.marks import EVERY
from yett.auditor.analysis.schemas import declared
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.values import Bound, Origin, Value


class Reach(IntEnum):
    """Who calls an entry; ordered by how sure it is that a stranger does."""

    SERVER = 0  # another MCP server, whose texts a client reads
    HTTP = 1  # an HTTP request beside the protocol
    TOOL = 2  # a model


@dataclass(slots=True)
class Entry:
    """One entry. `params` are the parameters that the caller sets; below them `left` says what each may still hold."""

    reach: Reach
    name: str
    params: frozenset[int]
    fields: tuple[tuple[str, ...], ...] = ()
    left: dict[tuple[str, ...], int] = field(default_factory=dict)
    # Functions that are asked before an HTTP handler: one that answers 401 or 403 keeps strangers out.
    before: tuple[ir.Function, ...] = ()

    def dangers(self, origin: Origin) -> int:
        """What of an origin is in the caller's hand."""
        _, param, path = origin
        if param not in self.params:
            return 0
        if self.fields and not any(path[: len(each)] == each[: len(path)] for each in self.fields):
            return 0
        inner = path[2:] if path[:2] == ("params", "arguments") else path
        for length in range(len(inner), 0, -1):
            if inner[:length] in self.left:
                return self.left[inner[:length]]
        return EVERY


# Methods that register a function of the caller's as a tool, prompt, resource or request handler.
REGISTERS: Final = frozenset(
    "tool registerTool addTool add_tool prompt registerPrompt addPrompt add_prompt resource registerResource "
    "addResource "
    "add_resource addResourceTemplate setRequestHandler register_tool call_tool read_resource get_prompt completion "
    "custom_route defineTool createTool tool_plain add_request_handler".split()
)
# Decorators of the low-level server: the handler's parameters are the protocol's.
_LOW_LEVEL: Final = frozenset(("call_tool", "read_resource", "get_prompt", "completion", "list_resources"))
_ROUTES: Final = frozenset(("get", "post", "put", "delete", "patch", "all", "route", "api_route", "websocket",
    "custom_route",
                            "head", "use"))  # fmt: skip
_ENDPOINTS: Final = frozenset(
    ("Route", "WebSocketRoute", "add_route", "add_api_route", "add_url_rule", "add_get", "add_post")
)
_ON: Final = ("on_call_tool", "on_read_resource", "on_get_prompt", "on_completion", "on_complete")
_RUNS: Final = ("execute", "handler", "run", "callback", "call", "invoke", "func", "fn", "cb", "implementation",
    "handle",
                "toolCallback", "executor")  # fmt: skip
_DESCRIBES: Final = (
    "inputSchema",
    "parameters",
    "schema",
    "input_schema",
    "argsSchema",
    "paramsSchema",
    "paramSchema",
    "args",
)
_NOT_GIVEN: Final = frozenset(("self", "cls", "ctx", "context", "extra", "_extra", "_ctx", "_context", "_",
    "tool_context", "res",
                               "response", "next", "mcp", "server"))  # fmt: skip
_GIVEN_BY_SERVER: Final = frozenset(("Context", "RequestContext", "FastMCP", "Server", "ToolContext", "RunContext",
                                     "RequestHandlerExtra", "ServerSession", "Request_",
                                         "BackgroundTasks"))  # fmt: skip
_HTTP_FIELDS: Final = tuple((name,) for name in (
    "query", "body", "params", "headers", "cookies", "query_params", "path_params", "url", "form", "json", "args",
        "files",
    "match_info", "path", "stream", "text", "rel_url", "originalUrl", "nextUrl", "values", "data", "get_json",
    "req", "request",
))  # fmt: skip
_TYPES_OF_REQUEST: Final = frozenset(
    ("Request", "HttpRequest", "IncomingMessage", "WebSocket", "NextRequest", "HTTPConnection")
)


def of_decorator(function: ir.Function, decorator: ir.Node) -> Entry | None:
    """The entry that a decorator makes of a function: `@mcp.tool(name="x")`, `@server.call_tool()`, `@app.get("/")`."""
    call = decorator if isinstance(decorator, ir.Call) else None
    target = call.func if call else decorator
    if isinstance(target, ir.Name):
        return _tool(function, _text(call)) if target.id in {"tool", "mcp_tool", "tool_handler"} else None
    if not isinstance(target, ir.Attr):
        return None
    if target.name in _LOW_LEVEL:
        return _low_level(function, target.name)
    if target.name in _ROUTES and call and call.args and isinstance(call.args[0], ir.Const):
        return of_route(function)
    if target.name in {"tool", "prompt", "resource", "resource_template", "add_tool", "tool_plain"}:
        name = _text(call) if target.name in {"tool", "add_tool", "prompt"} else ""
        return _tool(function, name or function.name)
    return None


def _tool(function: ir.Function, name: str) -> Entry:
    left: dict[tuple[str, ...], int] = {}
    params: set[int] = set()
    for i, param in enumerate(function.params):
        if param.name in _NOT_GIVEN or _last(param.note) in _GIVEN_BY_SERVER or _injected(param):
            continue
        params.add(i)
    return Entry(Reach.TOOL, name or function.name, frozenset(params), left=left)


def _low_level(function: ir.Function, kind: str) -> Entry:
    names = [param.name for param in function.params]
    first = 1 if names[:1] == ["self"] else 0
    if kind == "call_tool":
        chosen = frozenset({first + 1}) if len(names) > first + 1 else frozenset({first})
    else:
        chosen = frozenset(range(first, len(names)))
    return Entry(Reach.TOOL, "", chosen)


def of_route(function: ir.Function) -> Entry:
    """An HTTP handler: a request object's fields, or (FastAPI) the parameters themselves."""
    params: set[int] = set()
    fields: tuple[tuple[str, ...], ...] = ()
    for i, param in enumerate(function.params):
        note = _last(param.note)
        if param.name in {"req", "request", "_req", "c", "ctx", "websocket"} or note in _TYPES_OF_REQUEST:
            return Entry(Reach.HTTP, function.name, frozenset({i}), _HTTP_FIELDS)
        if param.name not in _NOT_GIVEN and not _injected(param):
            params.add(i)
    return Entry(Reach.HTTP, function.name, frozenset(params), fields)


def of_call(site: Site) -> list[tuple[ir.Function, Entry]]:
    """The entries that a call registers: `server.tool("x", schema, handler)`, `app.post("/x", handler)`."""
    found: list[tuple[ir.Function, Entry]] = []
    functions = [
        (i, ref) for i, arg in enumerate(site.args) for ref in arg.refs if isinstance(ref, ir.Function | Bound)
    ]
    if site.method in REGISTERS and functions:
        found.extend(_registered(site, functions))
    elif site.method in _ENDPOINTS and functions:
        found.extend((_function(ref), of_route(_function(ref))) for _, ref in functions[:1])
    elif site.method in _ROUTES and len(site.args) > 1 and (site.args[0].text or "").startswith("/"):
        before = tuple(_function(ref) for _, ref in functions[:-1])
        entry = of_route(_function(functions[-1][1])) if functions else None
        if entry is not None:
            entry.before = before
            found.append((_function(functions[-1][1]), entry))
    for name in _ON:
        for ref in site.keywords[name].refs if name in site.keywords else ():
            if isinstance(ref, ir.Function | Bound):
                function = _function(ref)
                last = len(function.params) - 1
                found.append((function, Entry(Reach.TOOL, "", frozenset({last}))))
    return found


def _registered(site: Site, functions: list[tuple[int, ir.Function | Bound]]) -> list[tuple[ir.Function, Entry]]:
    index, ref = functions[-1]
    function = _function(ref)
    first = 1 if isinstance(ref, Bound) and function.module and function.module.language == ir.PYTHON else 0
    if function.module and function.module.language == ir.PYTHON:
        inner = site.node.func if isinstance(site.node.func, ir.Call) else site.node
        entry = _tool(function, _text(inner) or function.name)
        return [(function, entry)]
    if site.method == "setRequestHandler":
        return [
            (
                function,
                Entry(
                    Reach.TOOL,
                    "",
                    frozenset({first}),
                    (("params", "arguments"), ("params", "uri"), ("params", "argument")),
                ),
            )
        ]
    left: dict[tuple[str, ...], int] = {}
    for arg in site.args[:index]:
        left.update(declared(arg))
    name = next((arg.text for arg in site.args if arg.text), "") or site.option("name").text or ""
    params = (
        frozenset({first}) if not site.method.lower().endswith("resource") else frozenset(range(len(function.params)))
    )
    return [(function, Entry(Reach.TOOL, name, params, left=left))]


def of_table(value: Value) -> list[tuple[ir.Function, Entry]]:
    """`{name, inputSchema, execute}`: an object that describes a tool and runs it."""
    fields = value.fields or {}
    described = next((fields[each] for each in _DESCRIBES if each in fields), None)
    if described is None or not ("name" in fields or "description" in fields):
        return []
    found: list[tuple[ir.Function, Entry]] = []
    for each in _RUNS:
        for ref in fields[each].refs if each in fields else ():
            if isinstance(ref, ir.Function | Bound):
                name = fields["name"].text if "name" in fields else ""
                found.append((_function(ref), Entry(Reach.TOOL, name or "", frozenset({0}), left=declared(described))))
    return found


def of_class(klass: ir.Class, outer: list[str], fields: dict[str, Value]) -> list[tuple[ir.Function, Entry]]:
    """A class that describes a tool and runs it, and the callbacks of a client that other servers' texts reach."""
    found: list[tuple[ir.Function, Entry]] = []
    names = {*fields, *klass.methods}
    if names & {"description", "get_description"} and (
        names & {*_DESCRIBES, "get_input_schema", "args_schema"}
        or any(base.endswith(("MCPTool", "BaseTool")) for base in outer)
    ):
        for each in (*_RUNS, "_run", "_arun"):
            method = klass.methods.get(each)
            if method is not None:
                first = 1 if method.params and method.params[0].name == "self" else 0
                name = fields["name"].text if "name" in fields else klass.name
                params = frozenset(range(first, len(method.params)))
                found.append((method, Entry(Reach.TOOL, name or klass.name, params)))
    for each in ("redirectToAuthorization", "redirect_to_authorization", "redirect_handler"):
        method = klass.methods.get(each)
        if method is not None:
            first = 1 if method.params and method.params[0].name == "self" else 0
            found.append((method, Entry(Reach.SERVER, each, frozenset({first}))))
    if any(base.endswith(("BaseHTTPRequestHandler", "SimpleHTTPRequestHandler")) for base in outer):
        for each, method in klass.methods.items():
            if each.startswith("do_"):
                wanted = (("path",), ("headers",), ("rfile",))
                found.append((method, Entry(Reach.HTTP, each, frozenset({0}), wanted)))
    return found


def _function(ref: ir.Function | Bound) -> ir.Function:
    return ref.function if isinstance(ref, Bound) else ref


def _injected(param: ir.Param) -> bool:
    """FastAPI and FastMCP give `= Depends(...)` themselves."""
    default = param.default
    return isinstance(default, ir.Call) and _last(default.func) in {"Depends", "Security", "CurrentContext", "Inject"}


def _last(node: ir.Node | None) -> str:
    if isinstance(node, ir.Call):
        node = node.func
    if isinstance(node, ir.Item):
        node = node.base
    if isinstance(node, ir.Logic) and node.parts:
        node = node.parts[0]
    if isinstance(node, ir.Const) and isinstance(node.value, str):
        return node.value.split("[")[0].rsplit(".", 1)[-1]
    return node.name if isinstance(node, ir.Attr) else node.id if isinstance(node, ir.Name) else ""


def _text(call: ir.Call | None) -> str:
    if call is None:
        return ""
    given = [value for key, value in call.keywords if key == "name"] + call.args[:1]
    first = given[0] if given else None
    return first.value if isinstance(first, ir.Const) and isinstance(first.value, str) else ""
