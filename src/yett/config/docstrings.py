"""What the fields of a section mean: the texts that stand below them in the source. Read only where they are shown.

Pydantic could do it, whenever a class is made: that is a tenth of the time that `yett run` needs to start.
"""

from __future__ import annotations

import ast
import inspect
from functools import lru_cache

from pydantic import BaseModel


def docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The text below each field, of the class itself and of those it is made from."""
    found: dict[str, str] = {}
    for part in reversed(model.__mro__):
        if issubclass(part, BaseModel) and part is not BaseModel:
            found |= _texts(inspect.getsourcefile(part) or "").get(part.__name__, {})
    return found


@lru_cache
def _texts(file: str) -> dict[str, dict[str, str]]:
    """The texts of all classes of a file, by class and field."""
    with open(file, encoding="utf-8") as source:  # noqa: PTH123 - one line, and no path to build
        tree = ast.parse(source.read())
    return {node.name: dict(_below(node)) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def _below(node: ast.ClassDef) -> list[tuple[str, str]]:
    pairs = zip(node.body, node.body[1:], strict=False)
    return [
        (field.target.id, inspect.cleandoc(text.value.value))
        for field, text in pairs
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    ]
