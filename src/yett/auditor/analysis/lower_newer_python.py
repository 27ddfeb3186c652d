"""Python that this interpreter's own grammar refuses: newer syntax, and files with an error in them. By tree-sitter."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from yett.auditor.analysis import ir
from yett.auditor.analysis.budget import Budget
from yett.auditor.analysis.lower_newer_python_expression import Expressions
from yett.auditor.analysis.syntax import Tree, at, parse, text_of

_Block = list[ir.Node]


def lower_newer_python(path: str, text: str) -> ir.Module:
    """The module of one file; any text has one."""
    return Statements(path, text).module(parse("python", text))


class Statements(Expressions):
    """Lowers one file; functions wait in a queue, so that nesting them costs no depth."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__(Budget())
        self.path = path
        self.lines = tuple(text.split("\n"))
        self.functions: list[ir.Function] = []
        self.classes: list[ir.Class] = []
        self.waiting: deque[tuple[ir.Function, Tree]] = deque()
        self.klass: ir.Class | None = None
        self.current: ir.Function | None = None

    def module(self, root: Tree) -> ir.Module:
        """Everything in the file."""
        body = ir.Function(name="<module>", line=1, column=1, params=[], body=[])
        self.functions.append(body)
        self.waiting.append((body, root))
        while self.waiting:
            function, source = self.waiting.popleft()
            self.current, self.klass, self.budget.depth = function, None, 0
            if source.type in {"block", "module"}:
                function.body = self.block(source)
            else:
                function.body = [ir.Return(*at(source), self.expression(source))]
        module = ir.Module(
            path=self.path,
            language=ir.PYTHON,
            body=body,
            functions=self.functions,
            classes=self.classes,
            lines=self.lines,
            cut=self.budget.cut,
        )
        ir.own(module)
        return module

    def block(self, node: Tree | None) -> _Block:
        """A body, in order."""
        out: _Block = []
        for child in node.named_children if node is not None else []:
            lower = _STATEMENTS.get(child.type)
            if lower is None:
                continue
            self.budget.spend()
            if self.budget.deeper(child.start_point[0] + 1):
                lower(self, child, out)
                self.budget.depth -= 1
        return out

    def inline(self, node: Tree, out: _Block) -> None:
        """What stands in a broken part of the file is still read."""
        out.extend(self.block(node))

    def do(self, node: Tree, out: _Block) -> None:
        """An expression for its effect, an assignment, a yield."""
        for child in node.named_children:
            if child.type == "yield":
                given = next(iter(child.named_children), None)
                out.append(ir.Return(*at(node), self.expression(given) if given is not None else None, ends=False))
                continue
            value = self.expression(child)
            out.append(value if isinstance(value, ir.Bind) else ir.Do(*at(node), value))

    def define(self, node: Tree, out: _Block) -> None:
        """A function statement."""
        name = text_of(node.child_by_field_name("name"))
        function = self.function(node, name)
        out.append(ir.Bind(*at(node), ir.Name(*at(node), name), ir.Closure(*at(node), function)))

    def decorated(self, node: Tree, out: _Block) -> None:
        """A function or class behind its decorators."""
        definition = node.child_by_field_name("definition")
        if definition is None:
            return
        decorators = [
            self.expression(each.named_children[0])
            for each in node.named_children
            if each.type == "decorator" and each.named_children
        ]
        before = len(out)
        lower = _STATEMENTS.get(definition.type)
        if lower is not None:
            lower(self, definition, out)
        for each in out[before:]:
            if isinstance(each, ir.Bind) and isinstance(each.value, ir.Closure):
                each.value.function.decorators = decorators

    def function(self, node: Tree, name: str) -> ir.Function:
        """Queue a function's body, and answer the function."""
        function = ir.Function(
            name=name, line=at(node)[0], column=at(node)[1], params=[], body=[], klass=self.klass, parent=self.current
        )
        self.functions.append(function)
        parameters = node.child_by_field_name("parameters")
        if parameters is not None:
            function.params = [param for each in parameters.named_children if (param := self.param(each)) is not None]
        body = node.child_by_field_name("body")
        if body is not None:
            self.waiting.append((function, body))
        return function

    def param(self, node: Tree) -> ir.Param | None:
        """One parameter; `/` and `*` alone are none."""
        inner = node
        if node.type in {"typed_parameter", "typed_default_parameter", "default_parameter"}:
            inner = node.child_by_field_name("name") or node.named_children[0]
        star, stars = inner.type == "list_splat_pattern", inner.type == "dictionary_splat_pattern"
        if (star or stars) and inner.named_children:
            inner = inner.named_children[0]
        if inner.type != "identifier":
            return None
        note, default = node.child_by_field_name("type"), node.child_by_field_name("value")
        return ir.Param(
            name=text_of(inner),
            target=ir.Name(*at(inner), text_of(inner)),
            note=self.expression(note.named_children[0]) if note is not None and note.named_children else None,
            default=self.expression(default) if default is not None else None,
            star=star,
            stars=stars,
            line=at(node)[0],
        )

    def classdef(self, node: Tree, out: _Block) -> None:
        """A class: its methods are functions of the module with the class noted."""
        bases = node.child_by_field_name("superclasses")
        klass = ir.Class(
            name=text_of(node.child_by_field_name("name")),
            line=at(node)[0],
            bases=[
                self.expression(each)
                for each in (bases.named_children if bases is not None else [])
                if each.type in {"identifier", "attribute"}
            ],
        )
        self.classes.append(klass)
        outer, self.klass = self.klass, klass
        klass.body = self.block(node.child_by_field_name("body"))
        self.klass = outer
        for each in klass.body:
            if isinstance(each, ir.Bind) and isinstance(each.value, ir.Closure) and isinstance(each.target, ir.Name):
                method = each.value.function
                method.static = any(isinstance(d, ir.Name) and d.id == "staticmethod" for d in method.decorators)
                klass.methods[each.target.id] = method
        out.append(ir.Define(*at(node), klass))

    def branch(self, node: Tree, out: _Block) -> None:
        """`if` with its chain."""
        cases: list[tuple[ir.Node, _Block]] = []
        otherwise: _Block = []
        for part in (node, *node.children_by_field_name("alternative")):
            test = part.child_by_field_name("condition")
            if test is not None:
                cases.append((self.expression(test), self.block(part.child_by_field_name("consequence"))))
            elif part.type == "else_clause":
                otherwise = self.block(part.child_by_field_name("body"))
        out.append(ir.Branch(*at(node), cases, otherwise))

    def match(self, node: Tree, out: _Block) -> None:
        """`match`: constants are compared; other patterns take anything."""
        subject_node, body = node.child_by_field_name("subject"), node.child_by_field_name("body")
        subject = self.expression(subject_node) if subject_node is not None else ir.Const(*at(node), None)
        cases: list[tuple[ir.Node, _Block]] = []
        for case in body.named_children if body is not None else []:
            pattern = next((each for each in case.named_children if each.type == "case_pattern"), None)
            inner = pattern.named_children[0] if pattern is not None and pattern.named_children else None
            closed = inner is not None and inner.type in {"string", "integer", "dotted_name", "none", "true", "false"}
            test: ir.Node = ir.Mixed(*at(case), [])
            if closed and inner is not None:
                test = ir.Compare(*at(case), "==", subject, self.expression(inner))
            cases.append((test, self.block(case.child_by_field_name("consequence"))))
        out.append(ir.Branch(*at(node), cases, []))

    def loop(self, node: Tree, out: _Block) -> None:
        """`for` and `while`."""
        left, right, test = (node.child_by_field_name(name) for name in ("left", "right", "condition"))
        body = self.block(node.child_by_field_name("body"))
        rest = node.child_by_field_name("alternative")
        out.append(
            ir.Loop(
                *at(node),
                target=self.expression(left) if left is not None else None,
                source=self.expression(right) if right is not None else None,
                test=self.expression(test) if test is not None else None,
                body=body,
                otherwise=self.block(rest.child_by_field_name("body")) if rest is not None else [],
            )
        )

    def with_(self, node: Tree, out: _Block) -> None:
        """`with a as b:` binds, and then runs its body in place."""
        for clause in node.named_children:
            for item in clause.named_children if clause.type == "with_clause" else []:
                value = item.child_by_field_name("value") or (item.named_children[0] if item.named_children else None)
                if value is not None:
                    lowered = self.expression(value)
                    out.append(lowered if isinstance(lowered, ir.Bind) else ir.Do(*at(item), lowered))
        out.extend(self.block(node.child_by_field_name("body")))

    def try_(self, node: Tree, out: _Block) -> None:
        """`try`."""
        handlers: list[_Block] = []
        otherwise: _Block = []
        final: _Block = []
        for part in node.named_children:
            inner = next((each for each in reversed(part.named_children) if each.type == "block"), None)
            if part.type in {"except_clause", "except_group_clause"}:
                handlers.append(self.block(inner))
            elif part.type == "else_clause":
                otherwise = self.block(inner)
            elif part.type == "finally_clause":
                final = self.block(inner)
        body = self.block(node.child_by_field_name("body"))
        out.append(ir.Try(*at(node), body=body, handlers=handlers, otherwise=otherwise, final=final))

    def return_(self, node: Tree, out: _Block) -> None:
        """`return`."""
        value = next(iter(node.named_children), None)
        out.append(ir.Return(*at(node), self.expression(value) if value is not None else None))

    def raise_(self, node: Tree, out: _Block) -> None:
        """`raise`."""
        value = next(iter(node.named_children), None)
        out.append(ir.Raise(*at(node), self.expression(value) if value is not None else None))

    def leave(self, node: Tree, out: _Block) -> None:
        """`break`, `continue`."""
        out.append(ir.Leave(*at(node)))

    def import_(self, node: Tree, out: _Block) -> None:
        """`import a.b`, `import a.b as c`."""
        for each in node.children_by_field_name("name"):
            alias, name = text_of(each.child_by_field_name("alias")), text_of(each.child_by_field_name("name") or each)
            first = name.split(".")[0]
            out.append(ir.Import(*at(node), alias or first, name if alias else first, "*"))

    def import_from(self, node: Tree, out: _Block) -> None:
        """`from .a import b as c`."""
        source = text_of(node.child_by_field_name("module_name"))
        if any(each.type == "wildcard_import" for each in node.named_children):
            out.append(ir.Import(*at(node), "*", source, ""))
        for each in node.children_by_field_name("name"):
            name = text_of(each.child_by_field_name("name") or each)
            out.append(ir.Import(*at(node), text_of(each.child_by_field_name("alias")) or name, source, name))


_STATEMENTS: Final[dict[str, Callable[[Statements, Tree, _Block], None]]] = {
    "expression_statement": Statements.do,
    "function_definition": Statements.define,
    "decorated_definition": Statements.decorated,
    "class_definition": Statements.classdef,
    "if_statement": Statements.branch,
    "match_statement": Statements.match,
    "for_statement": Statements.loop,
    "while_statement": Statements.loop,
    "with_statement": Statements.with_,
    "try_statement": Statements.try_,
    "return_statement": Statements.return_,
    "raise_statement": Statements.raise_,
    "break_statement": Statements.leave,
    "continue_statement": Statements.leave,
    "import_statement": Statements.import_,
    "import_from_statement": Statements.import_from,
    "ERROR": Statements.inline,
}
