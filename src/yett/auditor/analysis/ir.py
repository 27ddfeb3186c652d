r"""The representation that Python, TypeScript and JavaScript are lowered into: few nodes, evaluated by one interpreter.

Slots, and not frozen: a large tree has millions of nodes, and frozen ones are made three times as slowly. They are
never changed once lowered. `line` and `column` count from 1; a call stands where its last name stands: `.get` of
`a.b\n.get(x)`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final


@dataclass(slots=True, eq=False)
class Node:
    """Base of every expression and statement."""

    line: int
    column: int


@dataclass(slots=True, eq=False)
class Const(Node):
    """A literal: text, number, bool, bytes, or None (also `null` and `undefined`)."""

    value: object


@dataclass(slots=True, eq=False)
class Regex(Node):
    """A regular expression: literal in JavaScript, compiled in Python."""

    pattern: str
    flags: str


@dataclass(slots=True, eq=False)
class Name(Node):
    """A variable; `this` and `cls` are called `self`."""

    id: str


@dataclass(slots=True, eq=False)
class Attr(Node):
    """`base.name`."""

    base: Node
    name: str


@dataclass(slots=True, eq=False)
class Item(Node):
    """`base[key]`; a slice has no key."""

    base: Node
    key: Node | None


@dataclass(slots=True, eq=False)
class Call(Node):
    """`func(...)` or `new func(...)`; spread arguments are Spread nodes, `**x` is a keyword without a name."""

    func: Node
    args: list[Node]
    keywords: list[tuple[str | None, Node]]
    new: bool = False


@dataclass(slots=True, eq=False)
class Spread(Node):
    """`*value` or `...value` among arguments, items or in a pattern."""

    value: Node


@dataclass(slots=True, eq=False)
class Concat(Node):
    """Text put together: f-string, template literal, `a + b`, `"%s" % a`."""

    parts: list[Node]


@dataclass(slots=True, eq=False)
class Logic(Node):
    """`and`, `or`, `??` over two or more operands; `last` for JavaScript's comma."""

    op: str
    parts: list[Node]


@dataclass(slots=True, eq=False)
class Compare(Node):
    """One comparison; `op` is one of == != < in, `not in`, is, `is not`; chains are lowered to Logic."""

    op: str
    left: Node
    right: Node


@dataclass(slots=True, eq=False)
class Not(Node):
    """Negation."""

    value: Node


@dataclass(slots=True, eq=False)
class Choice(Node):
    """`yes if test else no`."""

    test: Node
    yes: Node
    no: Node


@dataclass(slots=True, eq=False)
class Sequence(Node):
    """A list, tuple, set or array."""

    items: list[Node]


@dataclass(slots=True, eq=False)
class Table(Node):
    """A dict or object literal; a pair without a key is spread. As a binding's target, a destructuring pattern."""

    pairs: list[tuple[Node | None, Node]]


@dataclass(slots=True, eq=False)
class Default(Node):
    """In a pattern: `target = value` where nothing is given."""

    target: Node
    value: Node


@dataclass(slots=True, eq=False)
class Closure(Node):
    """A function as a value."""

    function: Function


@dataclass(slots=True, eq=False)
class Mixed(Node):
    """Anything else that is computed from its parts; `number` when the outcome cannot carry text."""

    parts: list[Node]
    number: bool = False


@dataclass(slots=True, eq=False)
class Comprehension(Node):
    """`[element for target in source if test]`, any number of clauses."""

    element: Node
    clauses: list[tuple[Node, Node, list[Node]]]


@dataclass(slots=True, eq=False)
class Bind(Node):
    """`target = value`, as a statement or inside an expression. `extends` for `+=`; `note` is the annotation."""

    target: Node
    value: Node
    extends: bool = False
    note: Node | None = None


@dataclass(slots=True, eq=False)
class Do(Node):
    """An expression for its effect."""

    value: Node


@dataclass(slots=True, eq=False)
class Branch(Node):
    """`if`, `elif`, ..., `else`; also `match` and `switch`. Flat, however long the chain is."""

    cases: list[tuple[Node, list[Node]]]
    otherwise: list[Node]


@dataclass(slots=True, eq=False)
class Loop(Node):
    """`for target in source` or `while test`; `otherwise` is Python's `else`."""

    target: Node | None
    source: Node | None
    test: Node | None
    body: list[Node]
    otherwise: list[Node]


@dataclass(slots=True, eq=False)
class Try(Node):
    """`try`; each handler is its body."""

    body: list[Node]
    handlers: list[list[Node]]
    otherwise: list[Node]
    final: list[Node]


@dataclass(slots=True, eq=False)
class Return(Node):
    """`return value`; also `yield`, which does not end the function (`ends` false)."""

    value: Node | None
    ends: bool = True


@dataclass(slots=True, eq=False)
class Raise(Node):
    """`raise` or `throw`."""

    value: Node | None


@dataclass(slots=True, eq=False)
class Leave(Node):
    """`break` or `continue`."""


@dataclass(slots=True, eq=False)
class Define(Node):
    """A class statement, or a class as a value."""

    klass: Class


@dataclass(slots=True, eq=False)
class Import(Node):
    """`name` is bound to `member` of module `source` (`*` the module itself, empty: every public name)."""

    name: str
    source: str
    member: str


@dataclass(slots=True, eq=False)
class Export(Node):
    """JavaScript: `value` is exported as `name`; `*` re-exports everything of the module that `value` names."""

    name: str
    value: Node


@dataclass(kw_only=True, slots=True)
class Param:
    """One parameter. `target` is its name or pattern; `star` for `*args` and `...rest`, `stars` for `**kwargs`."""

    name: str
    target: Node
    note: Node | None = None
    default: Node | None = None
    star: bool = False
    stars: bool = False
    line: int = 0


@dataclass(kw_only=True, slots=True, eq=False)
class Function:
    """A function, method, lambda or a module's body (`<module>`)."""

    name: str
    line: int
    column: int
    params: list[Param]
    body: list[Node]
    decorators: list[Node] = field(default_factory=list)
    klass: Class | None = None
    parent: Function | None = None
    static: bool = False
    arrow: bool = False
    module: Module | None = None
    index: int = -1
    doc: str = ""

    @property
    def qualified(self) -> str:
        """Class and name: what a person calls it."""
        return f"{self.klass.name}.{self.name}" if self.klass else self.name


@dataclass(kw_only=True, slots=True, eq=False)
class Class:
    """A class: its bases, its methods, and what its body binds."""

    name: str
    line: int
    bases: list[Node]
    methods: dict[str, Function] = field(default_factory=dict)
    body: list[Node] = field(default_factory=list)
    module: Module | None = None


@dataclass(kw_only=True, slots=True, eq=False)
class Module:
    """One lowered file. `cut` says which parts were too deep or too broken to lower: (line, why)."""

    path: str
    language: str
    body: Function
    functions: list[Function]
    classes: list[Class]
    lines: tuple[str, ...]
    cut: list[tuple[int, str]] = field(default_factory=list)


def own(module: Module) -> None:
    """Tell every function and class which module it stands in."""
    for function in module.functions:
        function.module = module
    for klass in module.classes:
        klass.module = module


PYTHON: Final = "python"
SCRIPT: Final = "script"
