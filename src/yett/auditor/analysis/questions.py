"""Questions that rules ask besides where data goes: who is asked first, what is looked at, what is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yett.auditor.analysis import ir
from yett.auditor.analysis.secret_names import statements
from yett.auditor.analysis.sinks import REQUEST, hits
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.values import Value, everything

_REFUSALS: Final = (401, 403)
# 4,000 nodes of one function are looked at.
_MOST_NODES: Final = 4000


def refuses(function: ir.Function) -> bool:
    """The function answers 401 or 403 on one of its ways."""
    return any(
        isinstance(node, ir.Const) and node.value in _REFUSALS and node.value is not True for node in nodes(function)
    )


def mentions(modules: Sequence[ir.Module], texts: Sequence[str]) -> bool:
    """A line of the program has one of the texts."""
    return any(text in line for module in modules for line in module.lines for text in texts)


def asked_before(site: Site) -> bool:
    """Before the call, its function looks at the headers of the connection, or hands it to something that may."""
    for node in nodes(site.function):
        if node.line >= site.node.line:
            continue
        if isinstance(node, ir.Attr) and node.name == "headers":
            return True
        if isinstance(node, ir.Call) and node is not site.node and _given_connection(node):
            return True
    return False


def _given_connection(call: ir.Call) -> bool:
    made = call.func.id if isinstance(call.func, ir.Name) else ""
    names = [arg.id for arg in call.args if isinstance(arg, ir.Name)]
    return made != "WebSocket" and any(name in {"websocket", "scope", "request", "ws"} for name in names)


def is_request(site: Site) -> bool:
    """The call sends a request."""
    return any(hit.kind == REQUEST for hit in hits(site))


def from_authorization(value: Value) -> bool:
    """The value holds the Authorization header of a request that came in."""
    return any("authorization" in {name.lower() for name in path} for _, _, path in everything(value))


def nodes(function: ir.Function) -> list[ir.Node]:
    """The nodes of a function, without those of functions inside; bounded."""
    found: list[ir.Node] = []
    waiting: list[ir.Node] = list(reversed(statements(function)))
    while waiting and len(found) < _MOST_NODES:
        node = waiting.pop()
        found.append(node)
        waiting.extend(_parts(node))
    return found


def _parts(node: ir.Node) -> list[ir.Node]:
    """The expressions right below a node; blocks are listed by `statements`."""
    if isinstance(node, ir.Call):
        return [node.func, *node.args, *(value for _, value in node.keywords)]
    if isinstance(node, ir.Branch):
        return [test for test, _ in node.cases]
    if isinstance(node, ir.Table):
        return [each for pair in node.pairs for each in pair if each is not None]
    if isinstance(node, ir.Concat | ir.Logic | ir.Mixed):
        return list(node.parts)
    if isinstance(node, ir.Sequence):
        return list(node.items)
    if isinstance(node, ir.Compare):
        return [node.left, node.right]
    if isinstance(node, ir.Choice):
        return [node.test, node.yes, node.no]
    if isinstance(node, ir.Attr):
        return [node.base]
    if isinstance(node, ir.Item):
        return [node.base] if node.key is None else [node.base, node.key]
    if isinstance(node, ir.Bind | ir.Do | ir.Not | ir.Spread | ir.Return | ir.Raise):
        return [node.value] if node.value is not None else []
    return []
