"""A tool's input schema, compiled: what arguments must look like. The only importer of the schema validator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, NoReturn

import jsonschema_rs
import msgspec
from msgspec import Struct

from yett.core.message import JsonObject
from yett.detect.closed import Closing
from yett.detect.dialect import MAX_DEPTH, WHOLE, Dialect
from yett.detect.size import LONG_TEXT, Size, measure
from yett.detect.weight import Weight

MAX_BYTES: Final = 256 * 1024
"""Of one schema. The largest in our corpus is 41 KiB."""
MAX_WORK: Final = 5_000_000
"""Values times evaluations of each: well under a second. Reached only by arguments made for it."""
MAX_WEIGHT: Final = 10_000
"""Evaluations of flat arguments. Ordinary schemas ask for some dozens."""
MAX_UNEVALUATED_WEIGHT: Final = 2_000
MAX_MATCHED: Final = 16 * LONG_TEXT
"""Characters in keys and texts (but for long ones) of arguments whose schema matches patterns."""
MAX_FLAWS: Final = 3

# Compiled patterns are bounded in all, so that many of them cost no more than a few: 64 at the least is 80 ms.
_PATTERN_BYTES: Final = 4 << 20
_PATTERN_LEAST: Final = 128 << 10
_PATTERN_MOST: Final = 1 << 20


class Unusable(Struct, frozen=True):
    """Why a schema cannot be used, in words that quote nothing of it."""

    why: str


class Flaw(Struct, frozen=True):
    """What is wrong with one argument: where, by keys and numbers, and which keyword says so."""

    path: tuple[str | int, ...]
    keyword: str
    names: tuple[str, ...] = ()
    """The missing property, the unknown ones, or the types that would be right."""


TOO_MUCH: Final = Flaw((), "size")


class InputSchema:
    """A schema that compiled. `judge` never raises on decoded JSON."""

    def __init__(self, closed: Dialect, weight: Weight, validators: Iterable[Any], patterns: Any) -> None:
        self._closed = closed
        self._weight = weight
        self._validators = tuple(validators)
        self._patterns = patterns
        self._strict: Any = None

    def judge(self, arguments: JsonObject) -> tuple[Flaw, ...]:
        """The first flaws of the arguments; none when they are as the schema wants them."""
        size = measure(arguments)
        if self._is_too_much(size):
            return (TOO_MUCH,)
        validators = self._validators
        if size.fractions:
            validators = (*validators, self._whole_numbers())
        for validator in validators:
            if not validator.is_valid(arguments):
                # Once each: a place and a branch of it may both say the same.
                return tuple(dict.fromkeys(map(_flaw, _errors(validator, arguments, one=size.long))))
        return ()

    def _is_too_much(self, size: Size) -> bool:
        if size.depth > MAX_DEPTH or (self._closed.patterns and size.chars > MAX_MATCHED):
            return True
        return size.nodes * self._weight.at(size.depth) > MAX_WORK

    def _whole_numbers(self) -> Any:
        """The same schema with our own keyword at work: it calls back into Python, so it is asked only where needed."""
        if self._strict is None:
            self._strict = _compile(self._closed.schema, self._patterns, keywords={WHOLE: _Whole})
        return self._strict


def compile_schema(schema: Any) -> InputSchema | Unusable:
    """Compile an `inputSchema`, closed, or say why it is unusable. Never raises, fetches nothing."""
    problem = _size_problem(schema)
    if problem:
        return Unusable(problem)
    closed = Dialect(schema)
    problem = closed.problem or Closing(closed.schema).problem
    weight = Weight({} if problem else closed.schema)
    problem = problem or weight.problem or _weight_problem(weight, closed)
    if problem:
        return Unusable(problem)
    patterns = jsonschema_rs.RegexOptions(size_limit=_pattern_bytes(closed.patterns))
    # Where a stricter part makes the whole laxer, arguments must satisfy the schema as it was, too.
    schemas = [closed.schema, Dialect(schema).schema] if closed.delicate else [closed.schema]
    try:
        validators = [_compile(each, patterns) for each in schemas]
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        return Unusable(_why(error))
    return InputSchema(closed, weight, validators, patterns)


def _size_problem(schema: Any) -> str:
    if schema is None:
        return "there is none"
    try:
        size = len(msgspec.json.encode(schema))
    except (RecursionError, TypeError, ValueError):
        return "it is no JSON"
    return f"it is larger than {MAX_BYTES} bytes" if size > MAX_BYTES else ""


def _weight_problem(weight: Weight, dialect: Dialect) -> str:
    """What even the smallest arguments would cost; with `unevaluated...`, what compiling does."""
    too_much = weight.at(1) > MAX_WEIGHT or (dialect.unevaluated and weight.at(4) > MAX_UNEVALUATED_WEIGHT)
    return "its references multiply" if too_much else ""


def _compile(schema: JsonObject, patterns: Any, **options: Any) -> Any:
    return jsonschema_rs.Draft202012Validator(schema, retriever=_refuse_to_fetch, pattern_options=patterns, **options)


def _errors(validator: Any, arguments: JsonObject, *, one: bool) -> Iterator[Any]:
    """The first errors. Looking for several matches patterns on texts that are too long for it, too: then just one."""
    if not one:
        yield from islice(validator.iter_errors(arguments), MAX_FLAWS)
        return
    try:
        validator.validate(arguments)
    except jsonschema_rs.ValidationError as error:
        yield error


def _refuse_to_fetch(uri: str) -> NoReturn:  # noqa: ARG001 - the validator's signature
    raise ValueError("nothing is fetched")


def _pattern_bytes(patterns: int) -> int:
    return max(_PATTERN_LEAST, min(_PATTERN_MOST, _PATTERN_BYTES // max(patterns, 1)))


def _why(error: Exception) -> str:
    """Words for a schema that did not compile. The validator's own would quote the schema."""
    kind = getattr(error, "kind", None)
    if kind is not None and kind.name == "format":
        return "a pattern in it cannot be matched in linear time, or is too large"
    return f"it is no valid JSON Schema ({kind.name if kind is not None else type(error).__name__})"


def _flaw(error: Any) -> Flaw:
    """One error in our words. Of a choice with `null`, as SDKs write optional arguments, the other branch speaks."""
    kind = error.kind
    path = tuple(error.instance_path)
    match kind.name:
        case "anyOf" | "oneOf" if (meant := _branch_meant(error)) is not None:
            return _flaw(meant)
        case "required":
            return Flaw(path, "required", (kind.property,))
        case "additionalProperties" | "unevaluatedProperties":
            return Flaw(path, "unknown", tuple(kind.unexpected[:MAX_FLAWS]))
        case "type":
            return Flaw(path, "type", tuple(sorted(kind.types)))
        case name if name == WHOLE:
            return Flaw(path, "whole")
        case name:
            return Flaw(path, name)


def _branch_meant(error: Any) -> Any:
    """The first error of the only branch that the value could have been meant for, by its type or its marks."""
    path = list(error.instance_path)
    branches = [branch for branch in getattr(error.kind, "context", ()) if branch]
    likely = [branch for branch in branches if not any(_excludes(each, path) for each in branch)]
    return likely[0][0] if len(likely) == 1 else None


def _excludes(error: Any, path: list[str | int]) -> bool:
    """Whether an error says that its branch is for other values: of another type, or marked by another constant."""
    return (error.kind.name == "type" and list(error.instance_path) == path) or (
        error.kind.name == "const" and len(error.instance_path) == len(path) + 1
    )


class _Whole:
    """The keyword beside an integer: a number that is written with a fraction is none (threats J-14)."""

    def __init__(self, parent_schema: JsonObject, value: Any, schema_path: list[str | int]) -> None:
        """Take what the validator passes; there is nothing to keep."""

    def validate(self, instance: Any) -> None:
        """Raise on a float. What the number's value may be, other keywords say."""
        if isinstance(instance, float):
            raise ValueError("no integer")  # noqa: TRY004 - the validator turns it into a flaw
