"""Python to the representation: statements. The standard library parses; what its grammar refuses goes elsewhere."""

from __future__ import annotations

import ast
import warnings
from collections import deque
from collections.abc import Callable
from typing import Final

from yett.auditor.analysis import ir
from yett.auditor.analysis.budget import Budget
from yett.auditor.analysis.ir import own
from yett.auditor.analysis.lower_python_expression import Expressions

_Block = list[ir.Node]


def lower_python(path: str, text: str) -> ir.Module:
    """The module of one file. Raises SyntaxError or ValueError when this interpreter cannot parse it."""
    with warnings.catch_warnings():  # `"\d"` warns, and warnings may be errors
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(text)
        except (RecursionError, MemoryError) as error:
            raise SyntaxError("nested too deeply to parse") from error
    return Statements(path, text).module(tree)


class Statements(Expressions):
    """Lowers one file; functions wait in a queue, so that nesting them costs no depth."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__(Budget())
        self.path = path
        self.lines = tuple(text.split("\n"))
        self.functions: list[ir.Function] = []
        self.classes: list[ir.Class] = []
        self.waiting: deque[tuple[ir.Function, list[ast.stmt] | ast.expr]] = deque()
        self.klass: ir.Class | None = None
        self.current: ir.Function | None = None

    def module(self, tree: ast.Module) -> ir.Module:
        """Everything in the file."""
        body = ir.Function(name="<module>", line=1, column=1, params=[], body=[], doc=ast.get_docstring(tree) or "")
        self.functions.append(body)
        self.waiting.append((body, tree.body))
        while self.waiting:
            function, source = self.waiting.popleft()
            self.current, self.klass = function, None
            self.budget.depth = 0
            function.body = (
                [ir.Return(source.lineno, source.col_offset + 1, self.expression(source))]
                if isinstance(source, ast.expr)
                else self.block(source)
            )
        module = ir.Module(
            path=self.path,
            language=ir.PYTHON,
            body=body,
            functions=self.functions,
            classes=self.classes,
            lines=self.lines,
            cut=self.budget.cut,
        )
        own(module)
        return module

    def block(self, statements: list[ast.stmt]) -> _Block:
        """A body, in order."""
        lowered: _Block = []
        for statement in statements:
            lower = _STATEMENTS.get(type(statement))
            if lower is None:
                continue
            self.budget.spend()
            if not self.budget.deeper(statement.lineno):
                break
            lower(self, statement, lowered)
            self.budget.depth -= 1
        return lowered

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef, out: _Block) -> None:
        """A function statement: a binding of a closure."""
        function = self.function(node.name, node, node.args, node.body)
        function.decorators = [self.expression(each) for each in node.decorator_list]
        function.doc = ast.get_docstring(node) or ""
        at = (node.lineno, node.col_offset + 1)
        out.append(ir.Bind(*at, ir.Name(*at, node.name), ir.Closure(*at, function)))

    def function(
        self, name: str, node: ast.stmt | ast.expr, arguments: ast.arguments, body: list[ast.stmt] | ast.expr
    ) -> ir.Function:
        """Queue a function's body, and answer the function."""
        function = ir.Function(
            name=name,
            line=node.lineno,
            column=node.col_offset + 1,
            params=self._params(arguments),
            body=[],
            klass=self.klass,
            parent=self.current,
        )
        self.functions.append(function)
        self.waiting.append((function, body))
        return function

    def _params(self, arguments: ast.arguments) -> list[ir.Param]:
        params: list[ir.Param] = []
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
        for arg, default in zip(positional, [*defaults, *arguments.defaults], strict=True):
            params.append(self._param(arg, default))
        if arguments.vararg:
            params.append(self._param(arguments.vararg, None, star=True))
        for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            params.append(self._param(arg, default))
        if arguments.kwarg:
            params.append(self._param(arguments.kwarg, None, stars=True))
        return params

    def _param(self, arg: ast.arg, default: ast.expr | None, *, star: bool = False, stars: bool = False) -> ir.Param:
        return ir.Param(
            name=arg.arg,
            target=ir.Name(arg.lineno, arg.col_offset + 1, arg.arg),
            note=self.expression(arg.annotation) if arg.annotation else None,
            default=self.expression(default) if default else None,
            star=star,
            stars=stars,
            line=arg.lineno,
        )

    def classdef(self, node: ast.ClassDef, out: _Block) -> None:
        """A class: its methods are functions of the module with the class noted."""
        klass = ir.Class(name=node.name, line=node.lineno, bases=[self.expression(base) for base in node.bases])
        self.classes.append(klass)
        outer, self.klass = self.klass, klass
        body = self.block(node.body)
        self.klass = outer
        for each in body:
            if isinstance(each, ir.Bind) and isinstance(each.value, ir.Closure) and isinstance(each.target, ir.Name):
                method = each.value.function
                method.static = any(isinstance(d, ir.Name) and d.id == "staticmethod" for d in method.decorators)
                klass.methods[each.target.id] = method
        klass.body = body
        out.append(ir.Define(node.lineno, node.col_offset + 1, klass))

    def bind(self, node: ast.Assign, out: _Block) -> None:
        """`a = b = value`."""
        value = self.expression(node.value)
        for target in node.targets:
            out.append(ir.Bind(node.lineno, node.col_offset + 1, self.expression(target), value))

    def annotated(self, node: ast.AnnAssign, out: _Block) -> None:
        """`a: int = value`; without a value it still says what `a` is."""
        value = self.expression(node.value) if node.value else ir.Const(node.lineno, node.col_offset + 1, ...)
        target, note = self.expression(node.target), self.expression(node.annotation)
        out.append(ir.Bind(node.lineno, node.col_offset + 1, target, value, note=note))

    def augmented(self, node: ast.AugAssign, out: _Block) -> None:
        """`a += value`."""
        at = (node.lineno, node.col_offset + 1)
        out.append(ir.Bind(*at, self.expression(node.target), self.expression(node.value), extends=True))

    def branch(self, node: ast.If, out: _Block) -> None:
        """`if` with its whole chain of `elif`, without going deeper for each."""
        cases, rest = [(self.expression(node.test), self.block(node.body))], node.orelse
        while len(rest) == 1 and isinstance(rest[0], ast.If):
            cases.append((self.expression(rest[0].test), self.block(rest[0].body)))
            rest = rest[0].orelse
        out.append(ir.Branch(node.lineno, node.col_offset + 1, cases, self.block(rest)))

    def match(self, node: ast.Match, out: _Block) -> None:
        """`match`: a chain of comparisons; captured names hold the subject."""
        subject = self.expression(node.subject)
        cases: list[tuple[ir.Node, _Block]] = []
        for case in node.cases:
            test = self.pattern(case.pattern, subject)
            if case.guard:
                test = ir.Logic(test.line, test.column, "and", [test, self.expression(case.guard)])
            cases.append((test, self.block(case.body)))
        out.append(ir.Branch(node.lineno, node.col_offset + 1, cases, []))

    def loop(self, node: ast.For | ast.AsyncFor, out: _Block) -> None:
        """`for`."""
        target, source = self.expression(node.target), self.expression(node.iter)
        body, otherwise = self.block(node.body), self.block(node.orelse)
        at = (node.lineno, node.col_offset + 1)
        out.append(ir.Loop(*at, target=target, source=source, test=None, body=body, otherwise=otherwise))

    def loop_while(self, node: ast.While, out: _Block) -> None:
        """`while`."""
        test, body, otherwise = self.expression(node.test), self.block(node.body), self.block(node.orelse)
        at = (node.lineno, node.col_offset + 1)
        out.append(ir.Loop(*at, target=None, source=None, test=test, body=body, otherwise=otherwise))

    def with_(self, node: ast.With | ast.AsyncWith, out: _Block) -> None:
        """`with a as b:` binds, and then runs its body in place."""
        for item in node.items:
            value = self.expression(item.context_expr)
            at = (value.line, value.column)
            if item.optional_vars:
                out.append(ir.Bind(*at, self.expression(item.optional_vars), value))
            else:
                out.append(ir.Do(*at, value))
        out.extend(self.block(node.body))

    def try_(self, node: ast.Try, out: _Block) -> None:
        """`try`."""
        out.append(
            ir.Try(
                node.lineno,
                node.col_offset + 1,
                body=self.block(node.body),
                handlers=[self.block(each.body) for each in node.handlers],
                otherwise=self.block(node.orelse),
                final=self.block(node.finalbody),
            )
        )

    def return_(self, node: ast.Return, out: _Block) -> None:
        """`return`."""
        out.append(ir.Return(node.lineno, node.col_offset + 1, self.expression(node.value) if node.value else None))

    def raise_(self, node: ast.Raise, out: _Block) -> None:
        """`raise`."""
        out.append(ir.Raise(node.lineno, node.col_offset + 1, self.expression(node.exc) if node.exc else None))

    def assert_(self, node: ast.Assert, out: _Block) -> None:
        """`assert` is no guard (`-O` removes it), but its test is evaluated."""
        out.append(ir.Do(node.lineno, node.col_offset + 1, self.expression(node.test)))

    def leave(self, node: ast.Break | ast.Continue, out: _Block) -> None:
        """`break` and `continue`."""
        out.append(ir.Leave(node.lineno, node.col_offset + 1))

    def do(self, node: ast.Expr, out: _Block) -> None:
        """An expression for its effect."""
        value = node.value
        if isinstance(value, ast.Yield | ast.YieldFrom):
            given = self.expression(value.value) if value.value else None
            out.append(ir.Return(node.lineno, node.col_offset + 1, given, ends=False))
        else:
            out.append(ir.Do(node.lineno, node.col_offset + 1, self.expression(value)))

    def import_(self, node: ast.Import, out: _Block) -> None:
        """`import a.b` binds `a`; `import a.b as c` binds the module itself."""
        for alias in node.names:
            name = alias.asname or alias.name.split(".")[0]
            source = alias.name if alias.asname else name
            out.append(ir.Import(node.lineno, node.col_offset + 1, name, source, "*"))

    def import_from(self, node: ast.ImportFrom, out: _Block) -> None:
        """`from .a import b`; leading dots stay in the source."""
        source = "." * node.level + (node.module or "")
        for alias in node.names:
            member = "" if alias.name == "*" else alias.name
            out.append(ir.Import(node.lineno, node.col_offset + 1, alias.asname or alias.name, source, member))


_STATEMENTS: Final[dict[type[ast.stmt], Callable[..., None]]] = {
    ast.FunctionDef: Statements.define,
    ast.AsyncFunctionDef: Statements.define,
    ast.ClassDef: Statements.classdef,
    ast.Assign: Statements.bind,
    ast.AnnAssign: Statements.annotated,
    ast.AugAssign: Statements.augmented,
    ast.If: Statements.branch,
    ast.Match: Statements.match,
    ast.For: Statements.loop,
    ast.AsyncFor: Statements.loop,
    ast.While: Statements.loop_while,
    ast.With: Statements.with_,
    ast.AsyncWith: Statements.with_,
    ast.Try: Statements.try_,
    ast.TryStar: Statements.try_,
    ast.Return: Statements.return_,
    ast.Raise: Statements.raise_,
    ast.Assert: Statements.assert_,
    ast.Break: Statements.leave,
    ast.Continue: Statements.leave,
    ast.Expr: Statements.do,
    ast.Import: Statements.import_,
    ast.ImportFrom: Statements.import_from,
}
