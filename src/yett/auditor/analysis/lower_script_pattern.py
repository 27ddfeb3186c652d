"""TypeScript and JavaScript to the representation: patterns and the few types that matter."""

from __future__ import annotations

from typing import Final

from yett.auditor.analysis import ir
from yett.auditor.analysis.budget import Budget
from yett.auditor.analysis.syntax import Tree, at, text_of

_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "v": "\v", "f": "\f", "\n": ""}


class Patterns:
    """Lowers what a binding binds; expressions are lowered by the subclass."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget

    def expression(self, node: Tree) -> ir.Node:
        """Any expression; the subclass knows how."""
        raise TypeError(f"patterns alone cannot lower the expression at {at(node)}")

    def key(self, node: Tree) -> ir.Node:
        """A key: a name, a text, a number, or computed."""
        if node.type == "computed_property_name" and node.named_children:
            return self.expression(node.named_children[0])
        if node.type == "string":
            return ir.Const(*at(node), string_value(node))
        return ir.Const(*at(node), text_of(node).lstrip("#"))

    def target(self, node: Tree) -> ir.Node:
        """What a binding binds: a name, a member, or a pattern."""
        line, column = at(node)
        if not self.budget.deeper(line):
            return ir.Mixed(line, column, [])
        lowered = self._target(node, line, column)
        self.budget.depth -= 1
        return lowered

    def _target(self, node: Tree, line: int, column: int) -> ir.Node:
        kind = node.type
        if kind == "object_pattern":
            return ir.Table(line, column, [pair for child in node.named_children if (pair := self._pair(child))])
        if kind == "array_pattern":
            return ir.Sequence(line, column, [self.target(child) for child in node.named_children])
        if kind in {"assignment_pattern", "object_assignment_pattern"}:
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and right is not None:
                return ir.Default(line, column, self.target(left), self.expression(right))
        if kind == "rest_pattern" and node.named_children:
            return ir.Spread(line, column, self.target(node.named_children[0]))
        if kind == "shorthand_property_identifier_pattern":
            return ir.Name(line, column, text_of(node))
        return self.expression(node)

    def _pair(self, node: Tree) -> tuple[ir.Node | None, ir.Node] | None:
        """One entry of an object pattern."""
        if node.type == "pair_pattern":
            key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
            return (self.key(key), self.target(value)) if key is not None and value is not None else None
        if node.type == "rest_pattern" and node.named_children:
            return None, self.target(node.named_children[0])
        if node.type == "object_assignment_pattern":
            left = node.child_by_field_name("left")
            return (ir.Const(*at(node), text_of(left)), self.target(node))
        if node.type == "shorthand_property_identifier_pattern":
            return ir.Const(*at(node), text_of(node)), self.target(node)
        return None

    def note(self, node: Tree | None) -> ir.Node | None:
        """A type annotation: names, literals and the members of an object type; anything else is None."""
        if node is None or not node.named_children:
            return None
        kind = node.named_children[0] if node.type == "type_annotation" else node
        line, column = at(kind)
        if kind.type == "object_type" and self.budget.deeper(line):
            pairs: list[tuple[ir.Node | None, ir.Node]] = []
            for member in kind.named_children:
                inner = self.note(member.child_by_field_name("type"))
                if member.type == "property_signature" and inner is not None:
                    pairs.append((ir.Const(line, column, text_of(member.child_by_field_name("name"))), inner))
            self.budget.depth -= 1
            return ir.Table(line, column, pairs)
        if kind.type in {"predefined_type", "type_identifier", "generic_type", "nested_type_identifier"}:
            return _dotted(line, column, text_of(kind).split("<")[0])
        if kind.type == "union_type":
            literal = all(each.strip(" |\n").startswith(("'", '"')) for each in text_of(kind).strip(" |\n").split("|"))
            return ir.Const(line, column, "literal") if literal else None
        return ir.Const(line, column, "literal") if kind.type == "literal_type" else None


def _dotted(line: int, column: int, text: str) -> ir.Node:
    first, *rest = text.split(".")
    node: ir.Node = ir.Name(line, column, first)
    for each in rest:
        node = ir.Attr(line, column, node, each)
    return node


def string_value(node: Tree | None) -> str:
    """The text that a string literal stands for."""
    if node is None:
        return ""
    return "".join(
        unescape(text_of(child)) if child.type == "escape_sequence" else text_of(child) for child in node.named_children
    )


def unescape(text: str) -> str:
    """The character of an escape sequence."""
    if len(text) == 2:
        return _ESCAPES.get(text[1], text[1])
    digits = text[2:].strip("{}")
    try:
        return chr(int(digits, 16)) if text[1] in "xu" else text
    except (ValueError, OverflowError):
        return text
