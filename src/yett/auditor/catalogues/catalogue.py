"""Catalogue: what one server lists, as the answer to `tools/list` has it, alone or with its other lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from yett.auditor.documents.document import Document, get, items, pairs, read_document, text, text_lines
from yett.auditor.documents.flaw import Flaw
from yett.auditor.subject import Skipped
from yett.config.node import List, Map, Node, Scalar, Span

APPROVED: Final = ".lock.json"
"""The ending of an approved copy: `tools.lock.json` is what `tools.json` must still say."""

# Keys whose texts a model reads. What a schema says about types and formats is no prose.
_PROSE: Final = frozenset(
    {"description", "title", "default", "examples", "enum", "const", "instructions", "$comment", "text"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One tool, prompt, resource or template, or the server's instructions: its name, and every text in it."""

    kind: str
    name: str
    span: Span
    node: Node

    @property
    def prose(self) -> tuple[Scalar, ...]:
        """What a model reads, in the order of the file."""
        return tuple(_prose(self.node, ""))

    @property
    def strings(self) -> tuple[tuple[str, Scalar], ...]:
        """Every text, with the key it stands under."""
        return tuple(_strings(self.node, ""))


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing(Document):
    """What a file lists."""

    listed: tuple[Listed, ...]

    @property
    def tools(self) -> tuple[Listed, ...]:
        """The tools alone."""
        return tuple(each for each in self.listed if each.kind == "tool")


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogue(Listing):
    """What a server lists now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Approved(Listing):
    """What it listed when a person looked at it."""


def claims(path: str, content: str) -> bool:
    """Whether a file is one: JSON that holds tools with schemas, or only a list of them."""
    if not path.endswith(".json") or PurePosixPath(path).name in {"package.json", "manifest.json", "server.json"}:
        return False
    schemas = '"inputSchema"' in content or '"input_schema"' in content
    return (schemas and '"name"' in content) or '"uriTemplate"' in content


def parse(path: str, content: str) -> Catalogue | Approved | Skipped:
    """Read it: a whole JSON-RPC answer, its result, or the bare list."""
    read = read_document(path, content)
    if isinstance(read, Flaw):
        return Skipped(path=path, why=str(read))
    roots, blots = read
    kind = Approved if path.endswith(APPROVED) else Catalogue
    listed = tuple(_listed(roots[0]))
    return kind(path=path, lines=text_lines(content), roots=roots, blots=blots, listed=listed)


def schema_of(tool: Listed) -> Node | None:
    """A tool's input schema."""
    found = get(tool.node, "inputSchema")
    return get(tool.node, "input_schema") if found is None else found


def _listed(root: Node) -> Iterator[Listed]:
    holder = get(root, "result") or root
    if isinstance(holder, List):
        yield from _entries("tool", holder, "name")
        return
    instructions = get(holder, "instructions")
    if isinstance(instructions, Scalar) and text(instructions):
        yield Listed(kind="instructions", name="instructions", span=instructions.span, node=instructions)
    for key, kind, name in (
        ("tools", "tool", "name"),
        ("prompts", "prompt", "name"),
        ("resources", "resource", "uri"),
        ("resourceTemplates", "resource template", "uriTemplate"),
    ):
        yield from _entries(kind, get(holder, key), name)


def _entries(kind: str, node: Node | None, key: str) -> Iterator[Listed]:
    for item in items(node):
        name = get(item, key)
        if isinstance(item, Map) and isinstance(name, Scalar):
            yield Listed(kind=kind, name=str(name.value), span=name.span, node=item)


def _prose(node: Node, key: str) -> Iterator[Scalar]:
    match node:
        case Scalar():
            if isinstance(node.value, str) and (key in _PROSE or not key):
                yield node
        case List():
            for item in node.items:
                yield from _prose(item, key if key in _PROSE else "-")
        case Map():
            for name, _, below in pairs(node):
                # Below `properties` every key is a parameter's name.
                yield from _prose(below, name if isinstance(below, Scalar | List) else "-")


def _strings(node: Node, key: str) -> Iterator[tuple[str, Scalar]]:
    match node:
        case Scalar():
            if isinstance(node.value, str):
                yield key, node
        case List():
            for item in node.items:
                yield from _strings(item, key)
        case Map():
            for name, _, below in pairs(node):
                yield from _strings(below, name)
