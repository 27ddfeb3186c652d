"""Python to the representation: expressions and patterns."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Final

from yett.auditor.analysis import ir
from yett.auditor.analysis.budget import Budget

_COMPARISONS: Final = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}


class Expressions:
    """Lowers expressions; the statements that hold them are in the subclass."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget

    def function(
        self, name: str, node: ast.stmt | ast.expr, arguments: ast.arguments, body: list[ast.stmt] | ast.expr
    ) -> ir.Function:
        """Queue a function's body; the statements know how."""
        raise TypeError(f"no function can be made of `{name}` at line {node.lineno}: {arguments} {body}")

    def expression(self, node: ast.expr) -> ir.Node:
        """Any expression."""
        self.budget.spend()
        line, column = node.lineno, node.col_offset + 1
        lower = _EXPRESSIONS.get(type(node))
        if lower is None or not self.budget.deeper(line):
            return ir.Mixed(line, column, [])
        lowered = lower(self, node, line, column)
        self.budget.depth -= 1
        return lowered

    def constant(self, node: ast.Constant, line: int, column: int) -> ir.Node:
        """A literal."""
        return ir.Const(line, column, node.value)

    def name(self, node: ast.Name, line: int, column: int) -> ir.Node:
        """A variable. `cls` is as good as `self`: it finds the methods."""
        return ir.Name(line, column, "self" if node.id == "cls" else node.id)

    def attribute(self, node: ast.Attribute, line: int, column: int) -> ir.Node:
        """A chain `a.b.c`, walked from its outer end."""
        names = [node]
        base = node.value
        while isinstance(base, ast.Attribute):
            names.append(base)
            base = base.value
        lowered = self.expression(base)
        for each in reversed(names):
            lowered = ir.Attr(
                each.end_lineno or line, (each.end_col_offset or column) - len(each.attr) + 1, lowered, each.attr
            )
        return lowered

    def subscript(self, node: ast.Subscript, line: int, column: int) -> ir.Node:
        """`a[b]`; a slice has no key."""
        key = None if isinstance(node.slice, ast.Slice) else self.expression(node.slice)
        return ir.Item(line, column, self.expression(node.value), key)

    def call(self, node: ast.Call, line: int, column: int) -> ir.Node:
        """A call, placed at the last name of what is called."""
        func = self.expression(node.func)
        if isinstance(func, ir.Attr):
            line, column = func.line, func.column
        args = [self.expression(each) for each in node.args]
        keywords = [(each.arg, self.expression(each.value)) for each in node.keywords]
        return ir.Call(line, column, func, args, keywords)

    def starred(self, node: ast.Starred, line: int, column: int) -> ir.Node:
        """`*a`."""
        return ir.Spread(line, column, self.expression(node.value))

    def joined(self, node: ast.JoinedStr, line: int, column: int) -> ir.Node:
        """An f-string."""
        return ir.Concat(line, column, [self.expression(each) for each in node.values])

    def formatted(self, node: ast.FormattedValue, line: int, column: int) -> ir.Node:
        """`{a!r}`: a repr is not the text itself. A numeric format raises on text."""
        value = self.expression(node.value)
        spec = node.format_spec
        if isinstance(spec, ast.JoinedStr) and spec.values and isinstance(spec.values[-1], ast.Constant):
            last = str(spec.values[-1].value)[-1:]
            if last and last in "dfxXeEgGnob%,":
                return ir.Mixed(line, column, [value], number=True)
        if node.conversion == ord("r"):
            return ir.Call(line, column, ir.Name(line, column, "repr"), [value], [])
        return value

    def binary(self, node: ast.BinOp, line: int, column: int) -> ir.Node:
        """`+` and `%` put text together, `/` joins paths; the rest are numbers. Long chains are walked flat."""
        if isinstance(node.op, ast.Add):
            parts: list[ast.expr] = []
            left: ast.expr = node
            while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
                parts.append(left.right)
                left = left.left
            return ir.Concat(line, column, [self.expression(each) for each in (left, *reversed(parts))])
        if isinstance(node.op, ast.Div):
            operands = [self.expression(node.left), self.expression(node.right)]
            return ir.Call(line, column, ir.Name(line, column, "<path>/"), operands, [])
        left_side, right_side = self.expression(node.left), self.expression(node.right)
        if isinstance(node.op, ast.Mod):
            return percent(line, column, left_side, right_side)
        if isinstance(node.op, ast.BitOr):
            return ir.Logic(line, column, "or", [left_side, right_side])
        return ir.Mixed(line, column, [left_side, right_side], number=not isinstance(node.op, ast.Mult))

    def logic(self, node: ast.BoolOp, line: int, column: int) -> ir.Node:
        """`and`, `or`."""
        op = "and" if isinstance(node.op, ast.And) else "or"
        return ir.Logic(line, column, op, [self.expression(each) for each in node.values])

    def unary(self, node: ast.UnaryOp, line: int, column: int) -> ir.Node:
        """`not`; the other signs give numbers."""
        value = self.expression(node.operand)
        return (
            ir.Not(line, column, value)
            if isinstance(node.op, ast.Not)
            else ir.Mixed(line, column, [value], number=True)
        )

    def compare(self, node: ast.Compare, line: int, column: int) -> ir.Node:
        """`a < b < c`: the comparisons of a chain, all of which must hold."""
        tests: list[ir.Node] = []
        left = self.expression(node.left)
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.expression(comparator)
            tests.append(ir.Compare(line, column, _COMPARISONS.get(type(op), "<"), left, right))
            left = right
        return tests[0] if len(tests) == 1 else ir.Logic(line, column, "and", tests)

    def choice(self, node: ast.IfExp, line: int, column: int) -> ir.Node:
        """`a if b else c`."""
        test, yes, no = (self.expression(each) for each in (node.test, node.body, node.orelse))
        return ir.Choice(line, column, test, yes, no)

    def sequence(self, node: ast.List | ast.Tuple | ast.Set, line: int, column: int) -> ir.Node:
        """A list, tuple or set."""
        return ir.Sequence(line, column, [self.expression(each) for each in node.elts])

    def table(self, node: ast.Dict, line: int, column: int) -> ir.Node:
        """A dict."""
        pairs = zip(node.keys, node.values, strict=True)
        return ir.Table(line, column, [(self.expression(k) if k else None, self.expression(v)) for k, v in pairs])

    def lambda_(self, node: ast.Lambda, line: int, column: int) -> ir.Node:
        """A lambda is a function of one statement."""
        return ir.Closure(line, column, self.function("<lambda>", node, node.args, node.body))

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, line: int, column: int) -> ir.Node:
        """`[a for b in c if d]`."""
        return ir.Comprehension(line, column, *self._clauses(node.elt, node.generators))

    def dict_comprehension(self, node: ast.DictComp, line: int, column: int) -> ir.Node:
        """`{a: b for c in d}`: what its values are."""
        return ir.Comprehension(line, column, *self._clauses(node.value, node.generators))

    def _clauses(
        self, element: ast.expr, generators: list[ast.comprehension]
    ) -> tuple[ir.Node, list[tuple[ir.Node, ir.Node, list[ir.Node]]]]:
        clauses = [
            (self.expression(each.target), self.expression(each.iter), [self.expression(test) for test in each.ifs])
            for each in generators
        ]
        return self.expression(element), clauses

    def transparent(self, node: ast.Await | ast.YieldFrom | ast.Yield, line: int, column: int) -> ir.Node:
        """`await a` is `a`."""
        return self.expression(node.value) if node.value else ir.Const(line, column, None)

    def walrus(self, node: ast.NamedExpr, line: int, column: int) -> ir.Node:
        """`(a := b)`."""
        return ir.Bind(line, column, self.expression(node.target), self.expression(node.value))

    def pattern(self, pattern: ast.pattern, subject: ir.Node) -> ir.Node:
        """A test that is true when `pattern` takes `subject`; what it captures is bound to the subject."""
        line, column = pattern.lineno, pattern.col_offset + 1
        self.budget.spend()
        if isinstance(pattern, ast.MatchValue):
            return ir.Compare(line, column, "==", subject, self.expression(pattern.value))
        if isinstance(pattern, ast.MatchSingleton):
            return ir.Compare(line, column, "==", subject, ir.Const(line, column, pattern.value))
        if isinstance(pattern, ast.MatchOr):
            # An alternative is no deeper than the pattern; nested alternatives cannot be written without brackets.
            return ir.Logic(line, column, "or", [self._alternative(each, subject) for each in pattern.patterns])
        names = [each.name for each in ast.walk(pattern) if isinstance(each, ast.MatchAs | ast.MatchStar) and each.name]
        if not names:
            return ir.Mixed(line, column, [])
        bound: list[ir.Node] = [ir.Bind(line, column, ir.Name(line, column, name), subject) for name in names]
        return ir.Mixed(line, column, bound)

    def _alternative(self, pattern: ast.pattern, subject: ir.Node) -> ir.Node:
        if isinstance(pattern, ast.MatchOr) or not self.budget.deeper(pattern.lineno):
            return ir.Mixed(pattern.lineno, pattern.col_offset + 1, [])
        test = self.pattern(pattern, subject)
        self.budget.depth -= 1
        return test


def percent(line: int, column: int, template: ir.Node, values: ir.Node) -> ir.Node:
    """`"..." % values` is text put together; otherwise a number."""
    if not isinstance(template, ir.Const) or not isinstance(template.value, str):
        return ir.Mixed(line, column, [template, values])
    given = values.items if isinstance(values, ir.Sequence) else [values]
    return interleave(line, column, template.value.replace("%%", "%").split("%s"), given)


def interleave(line: int, column: int, texts: list[str], given: list[ir.Node]) -> ir.Concat:
    """Texts with the given parts between them; what is left over goes to the end."""
    parts: list[ir.Node] = []
    left = list(given)
    for text in texts:
        parts.append(ir.Const(line, column, text))
        if left:
            parts.append(left.pop(0))
    return ir.Concat(line, column, parts + left)


_EXPRESSIONS: Final[dict[type[ast.expr], Callable[..., ir.Node]]] = {
    ast.Constant: Expressions.constant,
    ast.Name: Expressions.name,
    ast.Attribute: Expressions.attribute,
    ast.Subscript: Expressions.subscript,
    ast.Call: Expressions.call,
    ast.Starred: Expressions.starred,
    ast.JoinedStr: Expressions.joined,
    ast.FormattedValue: Expressions.formatted,
    ast.BinOp: Expressions.binary,
    ast.BoolOp: Expressions.logic,
    ast.UnaryOp: Expressions.unary,
    ast.Compare: Expressions.compare,
    ast.IfExp: Expressions.choice,
    ast.List: Expressions.sequence,
    ast.Tuple: Expressions.sequence,
    ast.Set: Expressions.sequence,
    ast.Dict: Expressions.table,
    ast.Lambda: Expressions.lambda_,
    ast.ListComp: Expressions.comprehension,
    ast.SetComp: Expressions.comprehension,
    ast.GeneratorExp: Expressions.comprehension,
    ast.DictComp: Expressions.dict_comprehension,
    ast.Await: Expressions.transparent,
    ast.Yield: Expressions.transparent,
    ast.YieldFrom: Expressions.transparent,
    ast.NamedExpr: Expressions.walrus,
}
