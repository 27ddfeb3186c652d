"""TypeScript and JavaScript to the representation: expressions, patterns and the few types that matter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from yett.auditor.analysis import ir
from yett.auditor.analysis.lower_script_pattern import Patterns, string_value, unescape
from yett.auditor.analysis.syntax import Tree, at, text_of

_Lower = Callable[["Expressions", Tree, int, int], ir.Node]
_COMPARISONS: Final = {"==": "==", "===": "==", "!=": "!=", "!==": "!=", "in": "in", "instanceof": "is"}
_ORDERS: Final = frozenset(("<", ">", "<=", ">="))
FUNCTIONS: Final = frozenset(
    ("arrow_function", "function_expression", "generator_function", "function", "method_definition")
)


class Expressions(Patterns):
    """Lowers expressions; the statements that hold them are in the subclass."""

    def function(self, node: Tree, name: str) -> ir.Function:
        """Queue a function's body; the statements know how."""
        raise TypeError(f"no function can be made of `{name}` at {at(node)}")

    def klass_of(self, node: Tree) -> ir.Class:
        """A class as a value; the statements know how."""
        raise TypeError(f"no class can be made at {at(node)}")

    def expression(self, node: Tree) -> ir.Node:
        """Any expression."""
        self.budget.spend()
        row, column = node.start_point
        line, column = row + 1, column + 1
        lower = _EXPRESSIONS.get(node.type)
        if not self.budget.deeper(line):
            return ir.Mixed(line, column, [])
        lowered = lower(self, node, line, column) if lower else self.mixed(node, line, column)
        self.budget.depth -= 1
        return lowered

    def mixed(self, node: Tree, line: int, column: int) -> ir.Node:
        """What we have no node for: its parts."""
        return ir.Mixed(line, column, [self.expression(child) for child in node.named_children])

    def name(self, node: Tree, line: int, column: int) -> ir.Node:
        """A variable."""
        text = text_of(node)
        return ir.Const(line, column, None) if text == "undefined" else ir.Name(line, column, text)

    def this(self, _: Tree, line: int, column: int) -> ir.Node:
        """`this` and `super`: the methods of the class."""
        return ir.Name(line, column, "self")

    def string(self, node: Tree, line: int, column: int) -> ir.Node:
        """A text literal."""
        return ir.Const(line, column, string_value(node))

    def number(self, node: Tree, line: int, column: int) -> ir.Node:
        """A number literal; which one matters only for small whole ones."""
        text = text_of(node)
        return ir.Const(line, column, int(text) if text.isdecimal() and len(text) < 19 else 0.5)

    def template(self, node: Tree, line: int, column: int) -> ir.Node:
        """A template literal."""
        parts: list[ir.Node] = []
        for child in node.named_children:
            if child.type == "string_fragment":
                parts.append(ir.Const(*at(child), text_of(child)))
            elif child.type == "escape_sequence":
                parts.append(ir.Const(*at(child), unescape(text_of(child))))
            elif child.type == "template_substitution" and child.named_children:
                parts.append(self.expression(child.named_children[0]))
        return ir.Concat(line, column, parts) if parts else ir.Const(line, column, "")

    def regex(self, node: Tree, line: int, column: int) -> ir.Node:
        """A regular expression literal."""
        pattern, flags = node.child_by_field_name("pattern"), node.child_by_field_name("flags")
        return ir.Regex(line, column, text_of(pattern), text_of(flags))

    def array(self, node: Tree, line: int, column: int) -> ir.Node:
        """An array."""
        return ir.Sequence(
            line, column, [self.expression(each) for each in node.named_children if each.type != "comment"]
        )

    def table(self, node: Tree, line: int, column: int) -> ir.Node:
        """An object literal; its methods are closures."""
        pairs: list[tuple[ir.Node | None, ir.Node]] = []
        for child in node.named_children:
            kind = child.type
            if kind == "pair":
                key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
                if key is not None and value is not None:
                    pairs.append((self.key(key), self.expression(value)))
            elif kind == "shorthand_property_identifier":
                pairs.append((ir.Const(*at(child), text_of(child)), self.name(child, *at(child))))
            elif kind == "spread_element" and child.named_children:
                pairs.append((None, self.expression(child.named_children[0])))
            elif kind == "method_definition":
                name = text_of(child.child_by_field_name("name"))
                pairs.append((ir.Const(*at(child), name), ir.Closure(*at(child), self.function(child, name))))
        return ir.Table(line, column, pairs)

    def closure(self, node: Tree, line: int, column: int) -> ir.Node:
        """A function as a value."""
        name = text_of(node.child_by_field_name("name")) or "<anonymous>"
        return ir.Closure(line, column, self.function(node, name))

    def klass_value(self, node: Tree, line: int, column: int) -> ir.Node:
        """A class as a value: defined where it stands."""
        return ir.Define(line, column, self.klass_of(node))

    def call(self, node: Tree, line: int, column: int) -> ir.Node:
        """A call, a `new`, an `import()`, a tagged template; placed at the last name of what is called."""
        called = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        func = self.expression(called) if called is not None else ir.Mixed(line, column, [])
        if isinstance(func, ir.Attr):
            line, column = func.line, func.column
        given = node.child_by_field_name("arguments")
        args: list[ir.Node] = []
        if given is not None and given.type == "template_string":
            args = [ir.Mixed(line, column, [self.expression(given)])]
            func = ir.Attr(line, column, func, "<tag>")
        elif given is not None:
            args = [self.expression(each) for each in given.named_children if each.type != "comment"]
        return ir.Call(line, column, func, args, [], new=node.type == "new_expression")

    def member(self, node: Tree, line: int, column: int) -> ir.Node:
        """A chain `a.b.c`, walked from its outer end."""
        names: list[Tree] = []
        base: Tree = node
        while base.type == "member_expression":
            named, inner = base.child_by_field_name("property"), base.child_by_field_name("object")
            if named is None or inner is None:
                return ir.Mixed(line, column, [])
            names.append(named)
            base = inner
        lowered = self.expression(base)
        for each in reversed(names):
            lowered = ir.Attr(*at(each), lowered, text_of(each).lstrip("#"))
        return lowered

    def item(self, node: Tree, line: int, column: int) -> ir.Node:
        """`a[b]`."""
        base, key = node.child_by_field_name("object"), node.child_by_field_name("index")
        if base is None or key is None:
            return ir.Mixed(line, column, [])
        return ir.Item(line, column, self.expression(base), self.expression(key))

    def assign(self, node: Tree, line: int, column: int) -> ir.Node:
        """`a = b`, `a += b`, `a ??= b`."""
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return ir.Mixed(line, column, [])
        extends = node.type == "augmented_assignment_expression"
        return ir.Bind(line, column, self.target(left), self.expression(right), extends=extends)

    def binary(self, node: Tree, line: int, column: int) -> ir.Node:
        """Chains of one operator are walked flat: bundles add thousands of texts in a row."""
        operator = text_of(node.child_by_field_name("operator"))
        operands: list[Tree] = []
        left: Tree = node
        while left.type == "binary_expression" and text_of(left.child_by_field_name("operator")) == operator:
            inner, right = left.child_by_field_name("left"), left.child_by_field_name("right")
            if inner is None or right is None:
                return ir.Mixed(line, column, [])
            operands.append(right)
            left = inner
        parts = [self.expression(each) for each in (left, *reversed(operands))]
        if operator == "+":
            return ir.Concat(line, column, parts)
        if operator in {"&&", "||", "??"}:
            return ir.Logic(line, column, "and" if operator == "&&" else "or", parts)
        if len(parts) == 2 and (operator in _COMPARISONS or operator in _ORDERS):
            return ir.Compare(line, column, _COMPARISONS.get(operator, "<"), parts[0], parts[1])
        return ir.Mixed(line, column, parts, number=True)

    def unary(self, node: Tree, line: int, column: int) -> ir.Node:
        """`!a` negates; `typeof a` is a question about `a`; the other signs give numbers."""
        operand = node.child_by_field_name("argument")
        value = self.expression(operand) if operand is not None else ir.Mixed(line, column, [])
        operator = text_of(node.child_by_field_name("operator"))
        if operator == "!":
            return ir.Not(line, column, value)
        if operator == "typeof":
            return ir.Call(line, column, ir.Name(line, column, "typeof"), [value], [])
        return ir.Mixed(line, column, [value], number=True)

    def choice(self, node: Tree, line: int, column: int) -> ir.Node:
        """`a ? b : c`."""
        fields = [node.child_by_field_name(each) for each in ("condition", "consequence", "alternative")]
        test, yes, no = (self.expression(each) if each is not None else ir.Mixed(line, column, []) for each in fields)
        return ir.Choice(line, column, test, yes, no)

    def sequence(self, node: Tree, line: int, column: int) -> ir.Node:
        """`(a, b)`: the last one is its value. Compiled code calls `(0, module.f)(x)`."""
        parts: list[ir.Node] = []
        rest: Tree | None = node
        while rest is not None and rest.type == "sequence_expression":
            children = [child for child in rest.named_children if child.type != "comment"]
            parts.extend(self.expression(child) for child in children[:-1])
            rest = children[-1] if children else None
        last = self.expression(rest) if rest is not None else ir.Mixed(line, column, [])
        if all(isinstance(part, ir.Const) for part in parts):
            return last
        return ir.Logic(line, column, "last", [*parts, last])

    def transparent(self, node: Tree, line: int, column: int) -> ir.Node:
        """Brackets, `await`, `as T`, `!`: the value itself."""
        child = next((each for each in node.named_children if each.type != "comment"), None)
        return self.expression(child) if child is not None else ir.Const(line, column, None)

    def cast(self, node: Tree, line: int, column: int) -> ir.Node:
        """`<T>a`."""
        return self.expression(node.named_children[-1]) if node.named_children else ir.Mixed(line, column, [])

    def spread(self, node: Tree, line: int, column: int) -> ir.Node:
        """`...a`."""
        return ir.Spread(line, column, self.transparent(node, line, column))


_EXPRESSIONS: Final[dict[str, _Lower]] = {
    "identifier": Expressions.name,
    "undefined": Expressions.name,
    "import": Expressions.name,
    "property_identifier": Expressions.name,
    "this": Expressions.this,
    "super": Expressions.this,
    "string": Expressions.string,
    "number": Expressions.number,
    "true": lambda _, __, line, column: ir.Const(line, column, True),
    "false": lambda _, __, line, column: ir.Const(line, column, False),
    "null": lambda _, __, line, column: ir.Const(line, column, None),
    "template_string": Expressions.template,
    "regex": Expressions.regex,
    "array": Expressions.array,
    "object": Expressions.table,
    "class": Expressions.klass_value,
    "call_expression": Expressions.call,
    "new_expression": Expressions.call,
    "member_expression": Expressions.member,
    "subscript_expression": Expressions.item,
    "assignment_expression": Expressions.assign,
    "augmented_assignment_expression": Expressions.assign,
    "binary_expression": Expressions.binary,
    "unary_expression": Expressions.unary,
    "ternary_expression": Expressions.choice,
    "sequence_expression": Expressions.sequence,
    "parenthesized_expression": Expressions.transparent,
    "await_expression": Expressions.transparent,
    "yield_expression": Expressions.transparent,
    "as_expression": Expressions.transparent,
    "satisfies_expression": Expressions.transparent,
    "non_null_expression": Expressions.transparent,
    "type_assertion": Expressions.cast,
    "spread_element": Expressions.spread,
    **dict.fromkeys(FUNCTIONS, Expressions.closure),
}
