"""Schemas: what a declared type still lets through. zod, pydantic and annotations; JSON Schema where it is enforced."""

from __future__ import annotations

from typing import Final, NamedTuple

from yett.auditor.analysis import ir
from yett.auditor.analysis.marks import CODE, EVERY, SHELL, SOFT, SQL
from yett.auditor.analysis.regexes import proves
from yett.auditor.analysis.values import DEEPEST_FIELD, NOTHING, UNKNOWN, Value, field, join_all


class Schema(NamedTuple):
    """The dangers that a value may still have once it passed the schema."""

    left: int


_CLOSED: Final = frozenset(
    "int float bool complex Literal UUID UUID4 date datetime time timedelta Decimal number boolean bigint literal "
    "PositiveInt NonNegativeInt PositiveFloat NonNegativeFloat Date StrictInt StrictBool conint confloat IPvAnyAddress "
    "IPv4Address IPv6Address UUID1 UUID5 AwareDatetime NaiveDatetime null None".split()
)
_ZOD_CLOSED: Final = frozenset(
    "number int int32 float32 float64 boolean bigint date literal enum nativeEnum uuid uuidv4 guid null undefined void "
    "datetime iso ip ipv4 ipv6 cuid cuid2 ulid nanoid stringbool never".split()
)
_ZOD_SAME: Final = frozenset(
    ("array", "optional", "nullable", "nullish", "set", "readonly", "lazy", "promise", "preprocess")
)
_ZOD_JOINS: Final = frozenset(("union", "discriminatedUnion", "intersection", "tuple", "or", "and", "xor"))
_PARSES: Final = frozenset(("parse", "parseAsync", "safeParse", "safeParseAsync", "decode", "spa"))
# A number in TypeScript's types is a promise that nothing keeps: with an assumption, it ends the milder dangers.
_UNENFORCED: Final = SHELL | CODE | SQL


def zod(method: str, receiver: Value, args: list[Value]) -> Value | None:
    """A call on zod or on a schema; None when it is neither."""
    known = receiver.const if isinstance(receiver.const, Schema) else None
    if known is None:
        return _zod_made(method, args)
    if method in _PARSES and args:
        parsed = narrowed(args[0], receiver)
        return Value(fields={"data": parsed, "success": NOTHING}) if method.startswith(("safe", "spa")) else parsed
    left = known.left
    if method in {"regex", "pattern"} and args and isinstance(args[0].const, ir.Regex):
        left &= ~proves(args[0].const.pattern, whole=False)
    elif method in _ZOD_CLOSED:
        left = 0
    elif method in {"extend", "merge", "safeExtend", "augment"} and args:
        return Value(const=known, fields={**(receiver.fields or {}), **(args[0].fields or {})})
    elif method == "refine" and args:
        left &= ~_refined(args[0])
    elif method in _ZOD_JOINS:
        left |= _left(args)
    return Value(const=Schema(left), fields=receiver.fields)


def _zod_made(method: str, args: list[Value]) -> Value | None:
    if method in _ZOD_CLOSED or method == "coerce":
        return Value(const=Schema(0))
    if method in {"object", "strictObject", "looseObject"}:
        return Value(const=Schema(EVERY), fields=args[0].fields if args else None)
    if method in _ZOD_SAME:
        inner = args[-1] if args else NOTHING
        return Value(const=inner.const if isinstance(inner.const, Schema) else Schema(EVERY), fields=inner.fields)
    if method in _ZOD_JOINS:
        return Value(const=Schema(_left(list((args[-1] if args else NOTHING).items or args))))
    return Value(const=Schema(EVERY))


def _left(args: list[Value]) -> int:
    left = 0
    for each in args:
        left |= each.const.left if isinstance(each.const, Schema) else EVERY
    return left


def _refined(test: Value) -> int:
    """What a `refine` callback proves is known only once it was interpreted: its facts stand on the value."""
    return join_all([test]).facts[0][3] if test.facts else 0


def narrowed(value: Value, schema: Value, depth: int = 0) -> Value:
    """A value that passed a schema."""
    known = schema.const
    if not isinstance(known, Schema):
        return value
    if schema.fields is not None and depth < DEEPEST_FIELD:
        fields = {name: narrowed(field(value, name), inner, depth + 1) for name, inner in schema.fields.items()}
        return Value(taint=value.taint, fields=fields)
    if known.left == EVERY:
        return value
    taint = {origin: mark & (known.left | ~EVERY) for origin, mark in value.taint.items() if known.left}
    return Value(taint=taint, const=UNKNOWN)


def declared(value: Value, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], int]:
    """What each field of a tool's declared parameters may still hold; nothing for what is not a zod schema."""
    found: dict[tuple[str, ...], int] = {}
    schema = value.const if isinstance(value.const, Schema) else None
    if schema is not None and path and schema.left != EVERY:
        found[path] = schema.left
    if len(path) < DEEPEST_FIELD:
        for name, inner in (value.fields or {}).items():
            step = (
                path
                if name in {"inputSchema", "parameters", "schema", "paramsSchema", "shape"} and not path
                else (*path, name)
            )
            found.update(declared(inner, step))
    return found


def annotated(note: ir.Node | None, language: str) -> int:
    """What a parameter of that annotation may still hold, and SOFT where nothing enforces it."""
    if language == ir.SCRIPT:
        name = note.id if isinstance(note, ir.Name) else ""
        if name in {"number", "boolean", "bigint", "Date"}:
            return _UNENFORCED | SOFT
        literal = isinstance(note, ir.Const) and note.value == "literal"
        return _UNENFORCED | SOFT if literal else EVERY
    return _python(note)


def _python(note: ir.Node | None) -> int:
    if note is None:
        return EVERY
    if isinstance(note, ir.Const):
        text = note.value if isinstance(note.value, str) else "None" if note.value is None else ""
        return 0 if text.split("[")[0].rsplit(".", 1)[-1] in _CLOSED else EVERY
    if isinstance(note, ir.Name | ir.Attr):
        return 0 if (note.id if isinstance(note, ir.Name) else note.name) in _CLOSED else EVERY
    if isinstance(note, ir.Logic):
        left = 0
        for part in note.parts:
            left |= _python(part)
        return left
    if isinstance(note, ir.Item):
        return _python_item(note)
    return EVERY


def _python_item(note: ir.Item) -> int:
    name = note.base.id if isinstance(note.base, ir.Name) else note.base.name if isinstance(note.base, ir.Attr) else ""
    if name in _CLOSED:
        return 0
    inner = note.key.items if isinstance(note.key, ir.Sequence) else [note.key] if note.key is not None else []
    if name == "Annotated" and inner:
        left = _python(inner[0])
        for each in inner[1:]:
            left &= constrained(each)
        return left
    if name in {"Optional", "Union", "list", "List", "set", "Set", "tuple", "Tuple", "Sequence", "Iterable", "Final"}:
        left = 0
        for each in inner:
            left |= _python(each)
        return left
    return EVERY


def constrained(node: ir.Node | None) -> int:
    """What `Field(pattern=...)` lets through; pydantic searches, so the anchors must be there."""
    if isinstance(node, ir.Call):
        for key, value in node.keywords:
            if key in {"pattern", "regex"} and isinstance(value, ir.Const) and isinstance(value.value, str):
                return EVERY & ~proves(value.value, whole=False)
    return EVERY
