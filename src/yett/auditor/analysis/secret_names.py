"""Names of secrets: which variables hold one, by what people call them; and where one is given away whole."""

from __future__ import annotations

import re
from typing import Final

from yett.auditor.analysis import ir

# The end of a name, in either spelling. `token_count`, `passwordField` and `tokenizer` are none.
_SECRET: Final = re.compile(
    r"(?i)(?:passw(?:or)?d|passphrase|secret|api_?key|(?:access|refresh|auth|bearer|session|api|id)_?token|private_?key|"
    r"client_?secret|credentials?|authorization)$"
)
# 400 nodes of one call are looked at: longer messages say too much in other ways.
_MOST_NODES: Final = 400


def is_secret(name: str) -> bool:
    """Whether people call a secret so. Constants in capitals are names of settings as often as values."""
    return bool(_SECRET.search(name)) and not name.isupper()


def secret_given(call: ir.Call) -> str:
    """The name of a secret that stands as itself among the arguments, also inside a text; empty when there is none."""
    waiting: list[ir.Node] = [*call.args]
    for _ in range(_MOST_NODES):
        if not waiting:
            break
        node = waiting.pop()
        if isinstance(node, ir.Concat):
            waiting.extend(node.parts)
        elif isinstance(node, ir.Name) and is_secret(node.id):
            return node.id
        elif isinstance(node, ir.Attr) and is_secret(node.name):
            return node.name
    return ""


def guessed_from_random(function: ir.Function) -> list[tuple[ir.Bind, str]]:
    """Bindings of secrets to what an ordinary random generator gives."""
    found: list[tuple[ir.Bind, str]] = []
    for node in statements(function):
        if isinstance(node, ir.Bind):
            name = node.target.id if isinstance(node.target, ir.Name) else getattr(node.target, "name", "")
            if is_secret(name) and _random(node.value):
                found.append((node, name))
    return found


def _random(value: ir.Node) -> bool:
    waiting = [value]
    for _ in range(_MOST_NODES):
        if not waiting:
            return False
        node = waiting.pop()
        if isinstance(node, ir.Call):
            func = node.func
            if isinstance(func, ir.Attr) and isinstance(func.base, ir.Name) and func.base.id in {"Math", "random"}:
                return func.name in {"random", "choice", "choices", "randint", "randrange", "getrandbits", "sample"}
            waiting.extend((func, *node.args))
        elif isinstance(node, ir.Attr):
            waiting.append(node.base)
        elif isinstance(node, ir.Concat | ir.Mixed | ir.Logic):
            waiting.extend(node.parts)
        elif isinstance(node, ir.Comprehension):
            waiting.append(node.element)
    return False


def statements(function: ir.Function) -> list[ir.Node]:
    """Every statement of a function, those inside of others too, in order."""
    found: list[ir.Node] = []
    waiting: list[ir.Node] = list(reversed(function.body))
    while waiting:
        node = waiting.pop()
        found.append(node)
        inner: list[ir.Node] = []
        if isinstance(node, ir.Branch):
            inner = [each for _, body in node.cases for each in body] + node.otherwise
        elif isinstance(node, ir.Loop):
            inner = node.body + node.otherwise
        elif isinstance(node, ir.Try):
            inner = node.body + [each for body in node.handlers for each in body] + node.otherwise + node.final
        waiting.extend(reversed(inner))
    return found
