"""Newer Python to the representation: expressions, from tree-sitter's tree."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Final

from yett.auditor.analysis import ir
from yett.auditor.analysis.budget import Budget
from yett.auditor.analysis.lower_python_expression import percent
from yett.auditor.analysis.syntax import Tree, at, text_of

_COMPARISONS: Final = frozenset(("==", "!=", "in", "not in", "is", "is not"))


class Expressions:
    """Lowers expressions; the statements that hold them are in the subclass."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget

    def function(self, node: Tree, name: str) -> ir.Function:
        """Queue a function's body; the statements know how."""
        raise TypeError(f"no function can be made of `{name}` at {at(node)}")

    def expression(self, node: Tree) -> ir.Node:
        """Any expression."""
        self.budget.spend()
        line, column = at(node)
        lower = _EXPRESSIONS.get(node.type, Expressions.mixed)
        if not self.budget.deeper(line):
            return ir.Mixed(line, column, [])
        lowered = lower(self, node, line, column)
        self.budget.depth -= 1
        return lowered

    def mixed(self, node: Tree, line: int, column: int) -> ir.Node:
        """What we have no node for: its parts."""
        return ir.Mixed(line, column, [self.expression(child) for child in node.named_children])

    def name(self, node: Tree, line: int, column: int) -> ir.Node:
        """A variable, or the dotted name of a pattern."""
        first, *rest = text_of(node).split(".")
        named: ir.Node = ir.Name(line, column, "self" if first == "cls" else first)
        for each in rest:
            named = ir.Attr(line, column, named, each)
        return named

    def constant(self, node: Tree, line: int, column: int) -> ir.Node:
        """A literal."""
        try:
            return ir.Const(line, column, ast.literal_eval(text_of(node)))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return ir.Const(line, column, 0.5)

    def string(self, node: Tree, line: int, column: int) -> ir.Node:
        """A text, with what is put into it."""
        parts: list[ir.Node] = []
        for child in node.named_children:
            if child.type == "interpolation":
                inner = child.child_by_field_name("expression")
                if inner is not None:
                    value = self.expression(inner)
                    as_repr = "!r" in text_of(child.child_by_field_name("type_conversion"))
                    parts.append(
                        ir.Call(line, column, ir.Name(line, column, "repr"), [value], []) if as_repr else value
                    )
            elif child.type == "string_content":
                parts.append(ir.Const(*at(child), text_of(child)))
        if not parts:
            return ir.Const(line, column, "")
        return parts[0] if len(parts) == 1 and isinstance(parts[0], ir.Const) else ir.Concat(line, column, parts)

    def strings(self, node: Tree, line: int, column: int) -> ir.Node:
        """Texts that stand in a row."""
        return ir.Concat(line, column, [self.expression(child) for child in node.named_children])

    def call(self, node: Tree, line: int, column: int) -> ir.Node:
        """A call, placed at the last name of what is called."""
        called, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        func = self.expression(called) if called is not None else ir.Mixed(line, column, [])
        if isinstance(func, ir.Attr):
            line, column = func.line, func.column
        args: list[ir.Node] = []
        keywords: list[tuple[str | None, ir.Node]] = []
        children = given.named_children if given is not None else []
        for each in [given] if given is not None and given.type == "generator_expression" else children:
            value = each.child_by_field_name("value")
            if each.type == "keyword_argument" and value is not None:
                keywords.append((text_of(each.child_by_field_name("name")), self.expression(value)))
            elif each.type == "dictionary_splat" and each.named_children:
                keywords.append((None, self.expression(each.named_children[0])))
            elif each.type != "comment":
                args.append(self.expression(each))
        return ir.Call(line, column, func, args, keywords)

    def attribute(self, node: Tree, line: int, column: int) -> ir.Node:
        """A chain `a.b.c`, walked from its outer end."""
        names: list[Tree] = []
        base = node
        while base.type == "attribute":
            named, inner = base.child_by_field_name("attribute"), base.child_by_field_name("object")
            if named is None or inner is None:
                return ir.Mixed(line, column, [])
            names.append(named)
            base = inner
        lowered = self.expression(base)
        for each in reversed(names):
            lowered = ir.Attr(*at(each), lowered, text_of(each))
        return lowered

    def item(self, node: Tree, line: int, column: int) -> ir.Node:
        """`a[b]`; a slice has no key. In an annotation, several keys are a sequence."""
        base, keys = node.child_by_field_name("value"), node.children_by_field_name("subscript")
        if base is None or not keys:
            return ir.Mixed(line, column, [])
        if keys[0].type == "slice":
            return ir.Item(line, column, self.expression(base), None)
        lowered = [self.expression(key) for key in keys]
        key = lowered[0] if len(lowered) == 1 else ir.Sequence(line, column, lowered)
        return ir.Item(line, column, self.expression(base), key)

    def binary(self, node: Tree, line: int, column: int) -> ir.Node:
        """`+` and `%` put text together, `/` joins paths. Long chains are walked flat."""
        operator = text_of(node.child_by_field_name("operator"))
        operands: list[Tree] = []
        left: Tree | None = node
        while left is not None and left.type == node.type and text_of(left.child_by_field_name("operator")) == operator:
            right = left.child_by_field_name("right")
            operands.extend([right] if right is not None else [])
            left = left.child_by_field_name("left")
        parts = [self.expression(each) for each in ([left] if left is not None else []) + operands[::-1]]
        if operator == "+":
            return ir.Concat(line, column, parts)
        if operator in {"and", "or"}:
            return ir.Logic(line, column, operator, parts)
        if operator == "|":
            return ir.Logic(line, column, "or", parts)
        if operator == "/":
            return ir.Call(line, column, ir.Name(line, column, "<path>/"), parts, [])
        if operator == "%" and len(parts) == 2:
            return percent(line, column, parts[0], parts[1])
        return ir.Mixed(line, column, parts, number=operator != "*")

    def compare(self, node: Tree, line: int, column: int) -> ir.Node:
        """Comparisons of a chain, all of which must hold."""
        operators = [text_of(each) for each in node.children_by_field_name("operators")]
        values = [self.expression(child) for child in node.named_children if child.type != "comment"]
        tests: list[ir.Node] = [
            ir.Compare(line, column, op if op in _COMPARISONS else "<", left, right)
            for op, left, right in zip(operators, values, values[1:], strict=False)
        ]
        return tests[0] if len(tests) == 1 else ir.Logic(line, column, "and", tests)

    def not_(self, node: Tree, line: int, column: int) -> ir.Node:
        """`not a`."""
        return ir.Not(line, column, self.transparent(node, line, column))

    def choice(self, node: Tree, line: int, column: int) -> ir.Node:
        """`a if b else c`."""
        parts = [self.expression(child) for child in node.named_children if child.type != "comment"]
        if len(parts) != 3:
            return ir.Mixed(line, column, parts)
        return ir.Choice(line, column, parts[1], parts[0], parts[2])

    def sequence(self, node: Tree, line: int, column: int) -> ir.Node:
        """A list, tuple, set, or a pattern of them."""
        return ir.Sequence(
            line, column, [self.expression(child) for child in node.named_children if child.type != "comment"]
        )

    def table(self, node: Tree, line: int, column: int) -> ir.Node:
        """A dict."""
        pairs: list[tuple[ir.Node | None, ir.Node]] = []
        for child in node.named_children:
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if child.type == "pair" and key is not None and value is not None:
                pairs.append((self.expression(key), self.expression(value)))
            elif child.type == "dictionary_splat" and child.named_children:
                pairs.append((None, self.expression(child.named_children[0])))
        return ir.Table(line, column, pairs)

    def lambda_(self, node: Tree, line: int, column: int) -> ir.Node:
        """A lambda is a function of one statement."""
        return ir.Closure(line, column, self.function(node, "<lambda>"))

    def comprehension(self, node: Tree, line: int, column: int) -> ir.Node:
        """`[a for b in c if d]`."""
        clauses: list[tuple[ir.Node, ir.Node, list[ir.Node]]] = []
        for child in node.named_children:
            left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
            if child.type == "for_in_clause" and left is not None and right is not None:
                clauses.append((self.expression(left), self.expression(right), []))
            elif child.type == "if_clause" and clauses and child.named_children:
                clauses[-1][2].append(self.expression(child.named_children[0]))
        body = node.child_by_field_name("body")
        value = body.child_by_field_name("value") if body is not None and body.type == "pair" else body
        element = self.expression(value) if value is not None else ir.Mixed(line, column, [])
        return ir.Comprehension(line, column, element, clauses)

    def assign(self, node: Tree, line: int, column: int) -> ir.Node:
        """`a: b = c`, `a += b`, `(a := b)`, `a as b`."""
        target = node.child_by_field_name("left") or node.child_by_field_name("name")
        value, note = (
            node.child_by_field_name("right") or node.child_by_field_name("value"),
            node.child_by_field_name("type"),
        )
        if target is None:
            return self.mixed(node, line, column)
        return ir.Bind(
            line,
            column,
            self.expression(target),
            self.expression(value) if value is not None else ir.Const(line, column, ...),
            extends=node.type == "augmented_assignment",
            note=self.expression(note.named_children[0]) if note is not None and note.named_children else None,
        )

    def named_as(self, node: Tree, line: int, column: int) -> ir.Node:
        """`with a as b`."""
        alias = node.child_by_field_name("alias")
        value = self.expression(node.named_children[0]) if node.named_children else ir.Mixed(line, column, [])
        if alias is None or not alias.named_children:
            return value
        return ir.Bind(line, column, self.expression(alias.named_children[0]), value)

    def transparent(self, node: Tree, line: int, column: int) -> ir.Node:
        """Brackets, `await`: the value itself."""
        child = next((each for each in node.named_children if each.type != "comment"), None)
        return self.expression(child) if child is not None else ir.Const(line, column, None)

    def spread(self, node: Tree, line: int, column: int) -> ir.Node:
        """`*a`."""
        return ir.Spread(line, column, self.transparent(node, line, column))

    def number(self, node: Tree, line: int, column: int) -> ir.Node:
        """A sign gives a number."""
        return ir.Mixed(line, column, [self.transparent(node, line, column)], number=True)


_EXPRESSIONS: Final[dict[str, Callable[[Expressions, Tree, int, int], ir.Node]]] = {
    "identifier": Expressions.name,
    "dotted_name": Expressions.name,
    "string": Expressions.string,
    "concatenated_string": Expressions.strings,
    **dict.fromkeys(("integer", "float", "true", "false", "none"), Expressions.constant),
    "call": Expressions.call,
    "attribute": Expressions.attribute,
    "subscript": Expressions.item,
    "generic_type": Expressions.mixed,
    "binary_operator": Expressions.binary,
    "boolean_operator": Expressions.binary,
    "comparison_operator": Expressions.compare,
    "not_operator": Expressions.not_,
    "unary_operator": Expressions.number,
    "conditional_expression": Expressions.choice,
    **dict.fromkeys(
        ("list", "tuple", "set", "expression_list", "pattern_list", "tuple_pattern", "list_pattern"),
        Expressions.sequence,
    ),
    "dictionary": Expressions.table,
    "lambda": Expressions.lambda_,
    **dict.fromkeys(
        ("list_comprehension", "set_comprehension", "generator_expression", "dictionary_comprehension"),
        Expressions.comprehension,
    ),
    **dict.fromkeys(("assignment", "augmented_assignment", "named_expression"), Expressions.assign),
    "as_pattern": Expressions.named_as,
    **dict.fromkeys(("await", "parenthesized_expression", "yield", "type"), Expressions.transparent),
    **dict.fromkeys(("list_splat", "list_splat_pattern"), Expressions.spread),
}
