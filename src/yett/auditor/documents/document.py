"""Document: a file as a tree with places, whose excerpts never show a secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from yett.auditor.documents.flaw import Flaw
from yett.auditor.documents.json_reader import read_json
from yett.auditor.documents.positions import lines
from yett.auditor.documents.secrecy import blotted, secret_kind
from yett.auditor.documents.toml_reader import read_toml
from yett.auditor.documents.yaml_reader import read_yaml
from yett.auditor.finding import Place
from yett.auditor.subject import Text
from yett.config.node import START, List, Map, Node, Scalar, Span, walk


@dataclass(frozen=True, kw_only=True, slots=True)
class Document(Text):
    """A file that was read into trees: one, or one for each of its YAML documents."""

    roots: tuple[Node, ...]
    blots: tuple[Span, ...] = field(default=())

    @property
    def root(self) -> Node:
        """The first tree: the only one of JSON and TOML."""
        return self.roots[0] if self.roots else Scalar(None, START)

    def spot(self, span: Span) -> Place:
        """A place for a finding; what looks like a secret is blotted out of its text."""
        text = self.lines[span.line - 1] if 0 < span.line <= len(self.lines) else ""
        shown = blotted(text, [_columns(blot, span.line, len(text)) for blot in self.blots if _on(blot, span.line)])
        return Place(
            path=self.path,
            line=span.line,
            column=span.column,
            end_line=span.end_line,
            end_column=span.end_column,
            text=shown[: self.EXCERPT],
        )


def read_document(path: str, text: str) -> tuple[tuple[Node, ...], tuple[Span, ...]] | Flaw:
    """The trees of a file by its name, and the stretches that hold secrets; or why it cannot be read."""
    if path.endswith(".toml"):
        toml = read_toml(text)
        roots: tuple[Node, ...] | Flaw = toml if isinstance(toml, Flaw) else (toml,)
    elif path.endswith((".yaml", ".yml")):
        roots = read_yaml(text)
    else:
        json = read_json(text)
        roots = json if isinstance(json, Flaw) else (json,)
    return roots if isinstance(roots, Flaw) else (roots, tuple(secrets_in(roots)))


def text_lines(text: str) -> tuple[str, ...]:
    """The lines of a text as places count them."""
    return lines(text)


def get(node: Node | None, *path: str) -> Node | None:
    """What stands below a node under these keys, or None."""
    for key in path:
        if not isinstance(node, Map) or key not in node.entries:
            return None
        node = node.entries[key].node
    return node


def text(node: Node | None) -> str:
    """The text of a scalar that is one; empty for everything else."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def texts(node: Node | None) -> list[Scalar]:
    """The texts of a list, or of a single text."""
    found = node.items if isinstance(node, List) else [node]
    return [item for item in found if isinstance(item, Scalar) and isinstance(item.value, str)]


def truth(node: Node | None) -> bool | None:
    """What a boolean says; None where there is none."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, bool) else None


def pairs(node: Node | None) -> Iterator[tuple[str, Span, Node]]:
    """The entries of a mapping: key, where it stands, value. Nothing for everything else."""
    if isinstance(node, Map):
        for key, entry in node.entries.items():
            yield key, entry.span, entry.node


def items(node: Node | None) -> list[Node]:
    """The items of a list; nothing for everything else."""
    return list(node.items) if isinstance(node, List) else []


def secrets_in(roots: tuple[Node, ...]) -> Iterator[Span]:
    """The stretches that hold a secret, by its form or by the key it stands under."""
    for root in roots:
        for path, _, node in walk(root):
            if isinstance(node, Scalar) and isinstance(node.value, str) and secret_kind(str(path[-1]), node.value):
                yield node.span


def _on(span: Span, line: int) -> bool:
    return span.line <= line <= span.end_line


def _columns(span: Span, line: int, width: int) -> tuple[int, int]:
    start = span.column - 1 if line == span.line else 0
    return start, span.end_column - 1 if line == span.end_line else width
