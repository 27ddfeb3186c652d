"""tree-sitter: text to a concrete syntax tree, for TypeScript, JavaScript and newer Python. Its only importer."""

from __future__ import annotations

from functools import cache
from typing import Final

import tree_sitter_javascript
import tree_sitter_python
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

Tree = Node

_LANGUAGES: Final = {
    "javascript": tree_sitter_javascript.language,
    "typescript": tree_sitter_typescript.language_typescript,
    "tsx": tree_sitter_typescript.language_tsx,
    "python": tree_sitter_python.language,
}


@cache
def _parser(language: str) -> Parser:
    return Parser(Language(_LANGUAGES[language]()))


def parse(language: str, text: str) -> Tree:
    """The root of the tree. Any text has one: what the grammar cannot read stands in ERROR nodes."""
    return _parser(language).parse(text.encode("utf-8", "surrogatepass")).root_node


def text_of(node: Tree | None) -> str:
    """The source of a node."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def at(node: Tree) -> tuple[int, int]:
    """Line and column, from 1; the column counts bytes, as the parsers do."""
    row, column = node.start_point
    return row + 1, column + 1
