"""TypeScript and JavaScript to the representation: statements, functions, classes, imports and exports."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from yett.auditor.analysis import ir
from yett.auditor.analysis.budget import Budget
from yett.auditor.analysis.ir import own
from yett.auditor.analysis.lower_script_class import Declarations
from yett.auditor.analysis.syntax import Tree, at, parse, text_of

_Block = list[ir.Node]
_Lower = Callable[["Statements", Tree, _Block], None]


def lower_script(path: str, text: str) -> ir.Module:
    """The module of one file; any text has one."""
    language = (
        "typescript" if path.endswith((".ts", ".mts", ".cts")) else "tsx" if path.endswith(".tsx") else "javascript"
    )
    return Statements(path, text).module(parse(language, text))


class Statements(Declarations):
    """Lowers one file; functions wait in a queue, so that nesting them costs no depth."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__(Budget())
        self.path = path
        self.lines = tuple(text.split("\n"))
        self.functions: list[ir.Function] = []
        self.waiting: deque[tuple[ir.Function, Tree]] = deque()
        self.current: ir.Function | None = None

    def module(self, root: Tree) -> ir.Module:
        """Everything in the file."""
        body = ir.Function(name="<module>", line=1, column=1, params=[], body=[])
        self.functions.append(body)
        self.waiting.append((body, root))
        while self.waiting:
            function, source = self.waiting.popleft()
            self.current, self.klass, self.budget.depth = function, None, 0
            if source.type in {"statement_block", "program"}:
                function.body = self.block(source.named_children)
            else:
                function.body = [ir.Return(*at(source), self.expression(source))]
        module = ir.Module(
            path=self.path,
            language=ir.SCRIPT,
            body=body,
            functions=self.functions,
            classes=self.classes,
            lines=self.lines,
            cut=self.budget.cut,
        )
        own(module)
        return module

    def block(self, nodes: list[Tree]) -> _Block:
        """A body, in order."""
        out: _Block = []
        for node in nodes:
            self.statement(node, out)
        return out

    def statement(self, node: Tree, out: _Block) -> None:
        """One statement; types and comments are none."""
        lower = _STATEMENTS.get(node.type)
        if lower is None:
            return
        self.budget.spend()
        if self.budget.deeper(node.start_point[0] + 1):
            lower(self, node, out)
            self.budget.depth -= 1

    def body(self, node: Tree | None) -> _Block:
        """The body of `if`, `for`, ...: a block or one statement."""
        if node is None:
            return []
        if node.type == "statement_block":
            return self.block(node.named_children)
        out: _Block = []
        self.statement(node, out)
        return out

    def inline(self, node: Tree, out: _Block) -> None:
        """A bare block, a namespace, a label."""
        inner = node.child_by_field_name("body") or node
        out.extend(self.block(inner.named_children))

    def do(self, node: Tree, out: _Block) -> None:
        """An expression for its effect; `a, b` and namespaces are several."""
        for child in node.named_children:
            if child.type in {"internal_module", "module"}:
                self.inline(child, out)
            elif child.type != "comment":
                value = self.expression(child)
                out.append(value if isinstance(value, ir.Bind) else ir.Do(value.line, value.column, value))

    def declare(self, node: Tree, out: _Block) -> None:
        """`const a = b, {c} = d`."""
        for child in node.named_children:
            if child.type != "variable_declarator":
                continue
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if name is None:
                continue
            lowered = self.expression(value) if value is not None else ir.Const(*at(child), None)
            if isinstance(lowered, ir.Closure) and lowered.function.name == "<anonymous>":
                lowered.function.name = text_of(name)
            note = self.note(child.child_by_field_name("type"))
            out.append(ir.Bind(*at(child), self.target(name), lowered, note=note))

    def define(self, node: Tree, out: _Block) -> None:
        """A function declaration: a binding of a closure."""
        name = text_of(node.child_by_field_name("name")) or "default"
        function = self.function(node, name)
        out.append(ir.Bind(*at(node), ir.Name(*at(node), name), ir.Closure(*at(node), function)))

    def function(self, node: Tree, name: str) -> ir.Function:
        """Queue a function's body, and answer the function."""
        function = ir.Function(
            name=name,
            line=node.start_point[0] + 1,
            column=node.start_point[1] + 1,
            params=[],
            body=[],
            klass=self.klass if node.type == "method_definition" else None,
            parent=self.current,
            arrow=node.type == "arrow_function",
        )
        self.functions.append(function)
        parameters = node.child_by_field_name("parameters")
        single = node.child_by_field_name("parameter")
        if parameters is not None:
            function.params = [self.param(each) for each in parameters.named_children if each.type != "comment"]
        elif single is not None:
            function.params = [self.param(single)]
        body = node.child_by_field_name("body")
        if body is not None:
            self.waiting.append((function, body))
        return function

    def param(self, node: Tree) -> ir.Param:
        """One parameter, in TypeScript's form or in JavaScript's."""
        note = self.note(node.child_by_field_name("type"))
        default = node.child_by_field_name("value")
        inner = node.child_by_field_name("pattern") or node
        if inner.type == "assignment_pattern":
            default = inner.child_by_field_name("right")
            inner = inner.child_by_field_name("left") or inner
        star = inner.type == "rest_pattern"
        if star and inner.named_children:
            inner = inner.named_children[0]
        target = self.target(inner)
        return ir.Param(
            name=target.id if isinstance(target, ir.Name) else "",
            target=target,
            note=note,
            default=self.expression(default) if default is not None else None,
            star=star,
            line=node.start_point[0] + 1,
        )

    def branch(self, node: Tree, out: _Block) -> None:
        """`if` with its whole chain of `else if`, without going deeper for each."""
        cases: list[tuple[ir.Node, _Block]] = []
        otherwise: _Block = []
        current: Tree | None = node
        while current is not None:
            test = current.child_by_field_name("condition")
            if test is not None:
                cases.append((self.expression(test), self.body(current.child_by_field_name("consequence"))))
            alternative = current.child_by_field_name("alternative")
            inner = alternative.named_children[-1] if alternative is not None and alternative.named_children else None
            current = inner if inner is not None and inner.type == "if_statement" else None
            if current is None and inner is not None:
                otherwise = self.body(inner)
        out.append(ir.Branch(*at(node), cases, otherwise))

    def switch(self, node: Tree, out: _Block) -> None:
        """`switch`: a chain of comparisons. A case without statements shares the next one's body."""
        value = node.child_by_field_name("value")
        body = node.child_by_field_name("body")
        subject = self.expression(value) if value is not None else ir.Const(*at(node), None)
        cases: list[tuple[ir.Node, _Block]] = []
        otherwise: _Block = []
        pending: list[ir.Node] = []
        for case in body.named_children if body is not None else []:
            label = case.child_by_field_name("value")
            statements = self.block([each for each in case.children_by_field_name("body") if each != label])
            if case.type == "switch_default":
                otherwise = statements
                continue
            if case.type != "switch_case" or label is None:
                continue
            pending.append(ir.Compare(*at(case), "==", subject, self.expression(label)))
            if statements:
                test = pending[0] if len(pending) == 1 else ir.Logic(*at(case), "or", pending)
                cases.append((test, _without_break(statements)))
                pending = []
        out.append(ir.Branch(*at(node), cases, _without_break(otherwise)))

    def loop(self, node: Tree, out: _Block) -> None:
        """`for (...;...;...)`, `while`, `do`."""
        start, step = node.child_by_field_name("initializer"), node.child_by_field_name("increment")
        if start is not None:
            self.statement(start, out)
        condition = node.child_by_field_name("condition")
        if condition is not None and condition.type == "expression_statement" and condition.named_children:
            condition = condition.named_children[0]
        known = condition is not None and condition.type not in {"empty_statement", ";"}
        body = self.body(node.child_by_field_name("body"))
        if step is not None:
            body.append(ir.Do(*at(step), self.expression(step)))
        test = self.expression(condition) if condition is not None and known else None
        out.append(ir.Loop(*at(node), target=None, source=None, test=test, body=body, otherwise=[]))

    def loop_in(self, node: Tree, out: _Block) -> None:
        """`for (const a of b)`, `for (const a in b)`."""
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        source = self.expression(right)
        if text_of(node.child_by_field_name("operator")) == "in":
            source = ir.Mixed(source.line, source.column, [source])
        body = self.body(node.child_by_field_name("body"))
        out.append(ir.Loop(*at(node), target=self.target(left), source=source, test=None, body=body, otherwise=[]))

    def try_(self, node: Tree, out: _Block) -> None:
        """`try`; what is caught is nothing that we follow."""
        handler, final = node.child_by_field_name("handler"), node.child_by_field_name("finalizer")
        handlers = [self.body(handler.child_by_field_name("body"))] if handler is not None else []
        finals = self.body(final.child_by_field_name("body")) if final is not None else []
        body = self.body(node.child_by_field_name("body"))
        out.append(ir.Try(*at(node), body=body, handlers=handlers, otherwise=[], final=finals))

    def return_(self, node: Tree, out: _Block) -> None:
        """`return`."""
        value = next((child for child in node.named_children if child.type != "comment"), None)
        out.append(ir.Return(*at(node), self.expression(value) if value is not None else None))

    def throw(self, node: Tree, out: _Block) -> None:
        """`throw`."""
        value = next((child for child in node.named_children if child.type != "comment"), None)
        out.append(ir.Raise(*at(node), self.expression(value) if value is not None else None))

    def leave(self, node: Tree, out: _Block) -> None:
        """`break`, `continue`."""
        out.append(ir.Leave(*at(node)))


def _without_break(statements: _Block) -> _Block:
    """A case's last `break` only ends the case."""
    return statements[:-1] if statements and isinstance(statements[-1], ir.Leave) else statements


_STATEMENTS: Final[dict[str, _Lower]] = {
    "expression_statement": Statements.do,
    "lexical_declaration": Statements.declare,
    "variable_declaration": Statements.declare,
    "function_declaration": Statements.define,
    "generator_function_declaration": Statements.define,
    "class_declaration": Statements.classdef,
    "abstract_class_declaration": Statements.classdef,
    "if_statement": Statements.branch,
    "switch_statement": Statements.switch,
    "for_statement": Statements.loop,
    "while_statement": Statements.loop,
    "do_statement": Statements.loop,
    "for_in_statement": Statements.loop_in,
    "try_statement": Statements.try_,
    "return_statement": Statements.return_,
    "throw_statement": Statements.throw,
    "break_statement": Statements.leave,
    "continue_statement": Statements.leave,
    "statement_block": Statements.inline,
    "labeled_statement": Statements.inline,
    "internal_module": Statements.inline,
    "enum_declaration": Statements.enum,
    "import_statement": Statements.import_,
    "export_statement": Statements.export,
    # What stands in a broken part of the file is still read.
    "ERROR": Statements.inline,
}
