"""Values of the interpreter: where a value comes from, what it refers to, and what it would prove if tested."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from yett.auditor.analysis import ir
from yett.auditor.analysis.marks import FORM, PIECE, RAW, merge

# Function, parameter, and the fields taken from it. Function -1 is a source of its own: parameter is its number.
Origin = tuple[int, int, tuple[str, ...]]
# What is proven when the value (or the field that the path names) is true or false.
Fact = tuple[tuple[str, ...], bool, Origin, int]
Taint = dict[Origin, int]

# 3 fields: `request.params.arguments.path` is the deepest that servers take from one parameter, and `params` is free.
DEEPEST_FIELD: Final = 4
# 48 references: a server that dispatches to more tool classes through one table is cut there.
MOST_REFS: Final = 48
# 64 items of one list, 96 fields of one object, 24 facts: beyond, they are merged or dropped.
MOST_ITEMS: Final = 64
MOST_FIELDS: Final = 160
MOST_FACTS: Final = 24
# 16 origins of one value: more come only from values that collect everything.
MOST_ORIGINS: Final = 16
# 20,000 values in one, 8 levels: a table of a hundred tools with their schemas has 5,000. Values are shared, so that a
# few lines can make one that holds billions.
MOST_SIZE: Final = 20_000
DEEPEST_VALUE: Final = 8
UNKNOWN: Final = object()


class Instance(NamedTuple):
    """An object of a class of the project; `exact` unless it was only declared as one."""

    klass: ir.Class
    exact: bool


class Bound(NamedTuple):
    """A function with leading arguments already given; a method with its object."""

    function: ir.Function
    given: tuple[Value, ...]


class Namespace(NamedTuple):
    """A module of the project."""

    module: ir.Module


Ref = str | ir.Function | ir.Class | Instance | Bound | Namespace


class Value:
    r"""One abstract value; never changed once made.

    `head` is the known text it starts with, `\0` standing for text that is not known; None when nothing is known.
    `choices` are the texts it may be, when those are known.
    """

    __slots__ = ("all", "choices", "const", "depth", "facts", "fields", "head", "items", "refs", "size", "taint")

    def __init__(
        self,
        *,
        taint: Taint | None = None,
        refs: tuple[Ref, ...] = (),
        const: Any = UNKNOWN,
        fields: dict[str, Value] | None = None,
        items: tuple[Value, ...] | None = None,
        facts: tuple[Fact, ...] = (),
        head: str | None = None,
        choices: tuple[str, ...] = (),
    ) -> None:
        self.choices = choices
        self.taint: Taint = taint or NO_TAINT
        self.refs = refs
        self.const = const
        self.fields = fields
        self.items = items
        self.facts = facts
        self.head = head
        self.size = 1
        self.depth = 0
        self.all: Taint | None = None
        if fields or items:
            self._measure()

    def _measure(self) -> None:
        """How much it holds. What holds too much, or itself, over and over, is its taint only."""
        children = [*(self.items or ()), *(self.fields or {}).values()]
        for child in children:
            self.size += child.size
            self.depth = max(self.depth, child.depth + 1)
        if self.size > MOST_SIZE or self.depth > DEEPEST_VALUE:
            for child in children:
                self.taint = join_taint(self.taint, everything(child))
            self.items, self.fields, self.size, self.depth = None, None, 1, 0

    @property
    def text(self) -> str | None:
        """The text that it is, None when it is not a known text."""
        return self.const if isinstance(self.const, str) else None

    def paths(self) -> list[str]:
        """The names of what is outside of the project that it may refer to."""
        return [ref for ref in self.refs if isinstance(ref, str)]


NO_TAINT: Final[Taint] = {}
NOTHING: Final = Value()


def constant(value: object) -> Value:
    """A known value."""
    return Value(const=value, head=value if isinstance(value, str) else None)


def marked(value: Value, clear: int = 0, add: int = 0) -> Value:
    """Only the taint of a value, with dangers cleared and form added."""
    if not value.taint:
        return NOTHING
    return Value(taint={origin: (mark & ~clear) | add for origin, mark in value.taint.items()})


def join_taint(one: Taint, other: Taint) -> Taint:
    """Either's origins."""
    if not other or one is other:
        return one
    if not one:
        return other
    joined = dict(one)
    for origin, mark in other.items():
        if origin in joined:
            joined[origin] = merge(joined[origin], mark)
        elif len(joined) < MOST_ORIGINS:
            joined[origin] = mark
    return joined


def join(one: Value, other: Value, depth: int = 0) -> Value:
    """A value that is one or the other."""
    if one is other or other is NOTHING:
        return one
    if one is NOTHING:
        return other
    refs = one.refs if one.refs == other.refs else tuple(dict.fromkeys((*one.refs, *other.refs)))[:MOST_REFS]
    same = one.const is not UNKNOWN and type(one.const) is type(other.const) and one.const == other.const
    fields = one.fields or other.fields
    if one.fields and other.fields:
        fields = _join_fields(one.fields, other.fields, depth)
    items = one.items or other.items
    if one.items and other.items and one.items != other.items:
        items = _join_items(one.items, other.items, depth)
    return Value(
        taint=join_taint(one.taint, other.taint),
        refs=refs,
        const=one.const if same else UNKNOWN,
        fields=fields,
        items=items,
        facts=tuple(fact for fact in one.facts if fact in other.facts) if one.facts and other.facts else (),
        head=one.head if one.head == other.head else _common(one.head, other.head),
        choices=_choices(one, other),
    )


def _common(one: str | None, other: str | None) -> str | None:
    """What both start with, with something unknown behind it."""
    if not one or not other:
        return None
    length = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"{one[:length]}\0" if length else None


def _choices(one: Value, other: Value) -> tuple[str, ...]:
    mine, theirs = texts(one), texts(other)
    return (mine + tuple(each for each in theirs if each not in mine))[:MOST_ITEMS] if mine and theirs else ()


def texts(value: Value) -> tuple[str, ...]:
    """The texts that a value may be; none when they are not known."""
    return (value.const,) if isinstance(value.const, str) else value.choices


def _join_fields(one: dict[str, Value], other: dict[str, Value], depth: int) -> dict[str, Value]:
    joined = dict(one)
    for name, value in other.items():
        if name in joined and depth < DEEPEST_FIELD:
            joined[name] = join(joined[name], value, depth + 1)
        elif len(joined) < MOST_FIELDS:
            joined[name] = value
    return joined


def _join_items(one: tuple[Value, ...], other: tuple[Value, ...], depth: int) -> tuple[Value, ...]:
    if depth >= DEEPEST_FIELD:
        return one
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    return tuple(join(each, shorter[i], depth + 1) if i < len(shorter) else each for i, each in enumerate(longer))


def join_all(values: Iterable[Value]) -> Value:
    """A value that is any of them."""
    joined = NOTHING
    for value in values:
        joined = join(joined, value)
    return joined


def everything(value: Value) -> Taint:
    """The taint of a value and of all that it holds."""
    if value.items is None and value.fields is None:
        return value.taint
    if value.all is None:
        taint = value.taint
        for item in value.items or ():
            taint = join_taint(taint, everything(item))
        for item in (value.fields or {}).values():
            taint = join_taint(taint, everything(item))
        value.all = taint
    return value.all


def field(value: Value, name: str) -> Value:
    """The field `name` of a value: a known one, or what is left of its origins."""
    facts = tuple((path[1:], truth, origin, kinds) for path, truth, origin, kinds in value.facts if path[:1] == (name,))
    known = value.fields.get(name) if value.fields else None
    if known is None and value.items is not None and name.isdecimal() and int(name) < len(value.items):
        known = value.items[int(name)]
    if known is not None:
        return with_facts(known, facts) if facts else known
    if not value.taint:
        return Value(facts=facts) if facts else NOTHING
    return Value(taint=_field_taint(value.taint, name), facts=facts)


def _field_taint(taint: Taint, name: str) -> Taint:
    found: Taint = {}
    for (function, param, path), mark in taint.items():
        if mark & RAW and len(path) < DEEPEST_FIELD:
            found[(function, param, (*path, name))] = mark
        else:
            found[(function, param, path)] = (mark | PIECE) & ~RAW
    return found


def element(value: Value) -> Value:
    """Any element of a list, or any value of an object."""
    known = join_all(value.items or ())
    if not value.items and value.fields:
        known = join_all(value.fields.values())
    if not value.taint:
        return known
    return join(known, Value(taint=value.taint))


def with_facts(value: Value, facts: tuple[Fact, ...]) -> Value:
    """The same value, proving other things."""
    return Value(
        taint=value.taint,
        refs=value.refs,
        const=value.const,
        fields=value.fields,
        items=value.items,
        facts=facts[:MOST_FACTS],
        head=value.head,
    )


def with_taint(value: Value, taint: Taint) -> Value:
    """The same value with other origins."""
    return Value(
        taint=taint,
        refs=value.refs,
        const=value.const,
        fields=value.fields,
        items=value.items,
        facts=value.facts,
        head=value.head,
    )


def form(mark: int) -> int:
    """What is known of the form."""
    return mark & FORM


def truth(value: Value) -> bool | None:
    """Whether the value is true; None when that is not known."""
    if value.const is not UNKNOWN:
        return None if value.const is ... else bool(value.const)
    if value.fields is not None or value.refs:
        return True
    if value.items is not None:
        return bool(value.items)
    return True if value.head and value.head.strip("\0") else None
