from __future__ import annotations

import random
import time

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yett.detect.input_schema import TOO_MUCH, Flaw, InputSchema, Unusable, compile_schema

HANG = 20.0
"""Seconds of CPU: no measurement, but the line between work and a process that is held. Unbounded, it is minutes."""


def judge(schema, arguments):
    compiled = compile_schema(schema)
    assert isinstance(compiled, InputSchema), compiled
    return compiled.judge(arguments)


READ = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "pattern": "^/docs/", "maxLength": 100},
        "count": {"type": "integer", "minimum": 1, "maximum": 10},
        "mode": {"enum": ["fast", "slow"]},
        "options": {"type": "object", "properties": {"deep": {"type": "boolean"}}},
    },
    "required": ["path"],
}


@pytest.mark.parametrize(
    ("arguments", "flaws"),
    [
        ({"path": "/docs/a"}, ()),
        ({"path": "/docs/a", "count": 3, "mode": "fast", "options": {"deep": True}}, ()),
        ({}, (Flaw((), "required", ("path",)),)),
        ({"path": "/etc/passwd"}, (Flaw(("path",), "pattern"),)),
        ({"path": "/docs/a\n"}, ()),
        ({"path": 1}, (Flaw(("path",), "type", ("string",)),)),
        ({"path": "/docs/a", "count": "3"}, (Flaw(("count",), "type", ("integer",)),)),
        ({"path": "/docs/a", "count": True}, (Flaw(("count",), "type", ("integer",)),)),
        ({"path": "/docs/a", "count": 3.0}, (Flaw(("count",), "whole"),)),
        ({"path": "/docs/a", "count": 3.5}, (Flaw(("count",), "type", ("integer",)),)),
        ({"path": "/docs/a", "count": None}, (Flaw(("count",), "type", ("integer",)),)),
        ({"path": "/docs/a", "count": 11}, (Flaw(("count",), "maximum"),)),
        ({"path": "/docs/a", "mode": "FAST"}, (Flaw(("mode",), "enum"),)),
        ({"path": "/docs/a", "Path": "/docs/a"}, (Flaw((), "unknown", ("Path",)),)),
        ({"path": "/docs/a", "upload-pack": "x"}, (Flaw((), "unknown", ("upload-pack",)),)),
        ({"path": "/docs/a", "options": {"deep": True, "x": 1}}, (Flaw(("options",), "unknown", ("x",)),)),
        ({"path": "/docs/" + "a" * 100}, (Flaw(("path",), "maxLength"),)),
    ],
)
def test_arguments_are_judged_as_the_schema_says_and_no_further(arguments, flaws):
    assert judge(READ, arguments) == flaws


def test_at_most_three_flaws_are_named():
    schema = {"properties": {f"p{n}": {"type": "string"} for n in range(9)}}
    assert len(judge(schema, {f"p{n}": n for n in range(9)})) == 3


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (
            {"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]},
            [{"a": 1, "b": 2}, {}],
            [{"c": 3}, {"a": 1, "c": 3}],
        ),
        (
            {
                "$defs": {"Base": {"properties": {"id": {"type": "integer"}}, "required": ["id"]}},
                "$ref": "#/$defs/Base",
                "properties": {"name": {"type": "string"}},
            },
            [{"id": 1, "name": "x"}],
            [{"id": 1, "nome": "x"}, {"name": "x"}],
        ),
        (
            {
                "properties": {
                    "what": {
                        "anyOf": [
                            {"properties": {"kind": {"const": "a"}, "x": {}}, "required": ["kind"]},
                            {"properties": {"kind": {"const": "b"}, "y": {}}, "required": ["kind"]},
                        ]
                    }
                }
            },
            [{"what": {"kind": "a", "x": 1}}, {"what": {"kind": "b", "y": 1}}],
            [{"what": {"kind": "a", "y": 1}}, {"what": {"kind": "b", "z": 1}}, {"what": {"kind": "c"}}],
        ),
        (
            {"properties": {"a": {}}, "if": {"required": ["a"]}, "then": {"properties": {"b": {}}}},
            [{"a": 1, "b": 2}, {}],
            [{"c": 2}, {"a": 1, "c": 2}],
        ),
        (
            {
                "properties": {"node": {"$ref": "#/$defs/N"}},
                "$defs": {"N": {"properties": {"next": {"$ref": "#/$defs/N"}}}},
            },
            [{"node": {"next": {"next": {}}}}],
            [{"node": {"next": {"next": {"x": 1}}}}],
        ),
        ({"patternProperties": {"^x_": {}}}, [{"x_a": 1}], [{"a": 1}]),
        ({"additionalProperties": {"type": "integer"}}, [{"a": 1}], [{"a": "x"}, {"a": 1.0}]),
        ({"additionalProperties": True}, [{"anything": [{}]}], []),
        ({"properties": {"free": {"type": "object"}}}, [{"free": {"a": 1}}], [{"a": 1}]),
        ({"properties": {"a": {"type": ["integer", "null"]}}}, [{"a": None}, {"a": 1}], [{"a": 1.0}]),
        ({"properties": {"a": {"type": "number"}}}, [{"a": 1.0}, {"a": 1}, {"a": 1e300}], [{"a": "1"}]),
        ({"properties": {"a": {"enum": [1, 2]}}}, [{"a": 1}], [{"a": 1.0}, {"a": True}]),
        ({"properties": {"a": {"pattern": "^[a-z]+$"}}}, [{"a": "abc"}], [{"a": "abc\n"}, {"a": "ABC"}]),
        ({"properties": {"a": {"pattern": "^\\d+$"}}}, [{"a": "12"}], [{"a": "\N{ARABIC-INDIC DIGIT THREE}"}]),
    ],
)
def test_closing_composes_as_the_author_meant(schema, good, bad):
    compiled = compile_schema(schema)
    assert isinstance(compiled, InputSchema)
    assert [compiled.judge(arguments) for arguments in good] == [()] * len(good)
    assert all(compiled.judge(arguments) for arguments in bad)


@pytest.mark.parametrize(
    ("arguments", "flaw"),
    [
        ({"node": {"value": "x"}}, Flaw(("node", "value"), "type", ("integer",))),
        ({"node": {"value": 1, "x": 2}}, Flaw(("node",), "unknown", ("x",))),
        (
            {"node": {"value": 1, "next": {"value": 1, "next": {}}}},
            Flaw(("node", "next", "next"), "required", ("value",)),
        ),
        ({"node": 7}, Flaw(("node",), "anyOf")),
        ({"pet": {"kind": "cat", "lives": "x"}}, Flaw(("pet", "lives"), "type", ("integer",))),
        ({"pet": {"kind": "cow"}}, Flaw(("pet",), "oneOf")),
    ],
)
def test_in_a_choice_the_branch_that_was_meant_speaks(arguments, flaw):
    cat = {"properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}, "required": ["kind"]}
    dog = {"properties": {"kind": {"const": "dog"}, "name": {"type": "string"}}, "required": ["kind"]}
    optional = {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}
    node = {"type": "object", "properties": {"value": {"type": "integer"}, "next": optional}, "required": ["value"]}
    schema = {"$defs": {"Node": node}, "properties": {"node": optional, "pet": {"oneOf": [cat, dog]}}}
    assert judge(schema, arguments) == (flaw,)


def test_closing_never_lets_through_what_the_schema_itself_refuses():
    """Two branches of `oneOf` hold for the open schema, so it refuses; closed, only one of them does."""
    branches = [{"properties": {"x": {"properties": {name: {}}}}} for name in "ab"]
    assert judge({"properties": {"v": {"oneOf": branches}}}, {"v": {"x": {"a": 1}}}) != ()
    forbidden = {
        "not": {"properties": {"x": {"properties": {"y": {"const": 1}}, "required": ["y"]}}, "required": ["x"]}
    }
    assert judge({"properties": {"v": forbidden}}, {"v": {"x": {"y": 1, "z": 2}}}) != ()


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (None, "there is none"),
        ({"type": "nope"}, "it is no valid JSON Schema (anyOf)"),
        ({"properties": {"a": {"required": True}}}, "it is no valid JSON Schema (type)"),
        ({"properties": {"a": {"minimum": "1"}}}, "it is no valid JSON Schema (type)"),
        (
            {"properties": {"a": {"pattern": "(?=x)y"}}},
            "a pattern in it cannot be matched in linear time, or is too large",
        ),
        (
            {"properties": {"a": {"pattern": "(a)\\1"}}},
            "a pattern in it cannot be matched in linear time, or is too large",
        ),
        (
            {"properties": {"a": {"pattern": "(a{999}){999}"}}},
            "a pattern in it cannot be matched in linear time, or is too large",
        ),
        ({"properties": {"a": {"enum": ["x" * 300_000]}}}, "it is larger than 262144 bytes"),
        ({"properties": {"a": {"$ref": "http://127.0.0.1:9/s"}}}, "a reference in it leads to no part of it"),
        ({"$ref": "#"}, "it refers to itself without end"),
    ],
)
def test_a_schema_that_cannot_be_used_says_why_and_quotes_nothing(schema, why):
    assert compile_schema(schema) == Unusable(why)


def test_a_schema_that_recurses_without_end_is_no_json():
    schema: dict = {}
    schema["properties"] = {"a": schema}
    assert isinstance(compile_schema(schema), Unusable)


def seconds(schema, arguments) -> float:
    """How long compiling and judging take together."""
    began = time.process_time()
    compiled = compile_schema(schema)
    if isinstance(compiled, InputSchema):
        compiled.judge(arguments)
    return time.process_time() - began


def chain(levels: int, step) -> dict:
    definitions: dict = {f"a{levels}": {"type": "integer"}}
    definitions |= {f"a{n}": step({"$ref": f"#/$defs/a{n + 1}"}) for n in range(levels)}
    return {"$defs": definitions, "properties": {"x": {"$ref": "#/$defs/a0"}}}


def nested(levels: int) -> dict:
    value: dict = {}
    for _ in range(levels):
        value = {"x": value}
    return value


BITS = "".join(random.Random(1).choices("01", k=1_000_000))


@pytest.mark.parametrize(
    ("schema", "arguments"),
    [
        (chain(30, lambda step: {"allOf": [step, step]}), {"x": 1}),
        (chain(30, lambda step: {"anyOf": [step, step]}), {"x": "no"}),
        (chain(30, lambda step: {"anyOf": [{"properties": {"x": step}}] * 2}), nested(31)),
        (chain(30, lambda step: {"anyOf": [{"properties": {"x": step}}] * 2}), nested(5)),
        ({**chain(8, lambda step: {"allOf": [step, step]}), "unevaluatedProperties": False}, {"x": 1}),
        ({**chain(4, lambda step: {"anyOf": [{"properties": {"x": step}}] * 4}), "unevaluatedItems": False}, nested(5)),
        ({"properties": {"x": {"pattern": "^(a+)+$"}}}, {"x": "a" * 16_000 + "b"}),
        ({"properties": {"x": {"pattern": "[01]*1[01]{400}2"}}}, {"x": BITS}),
        ({"properties": {"x": {"items": {"pattern": "[01]*1[01]{400}2"}}}}, {"x": [BITS[:16_000]] * 60}),
        ({"patternProperties": {"[01]*1[01]{400}2": {}}}, {BITS[n : n + 1_000]: 1 for n in range(0, 1_000_000, 1_000)}),
        (
            {"properties": {"x": {"contains": {"enum": [{"a": n} for n in range(3_000)]}}}},
            {"x": [{"a": -n} for n in range(30_000)]},
        ),
        ({"properties": {"x": {"uniqueItems": True}}}, {"x": [{"a": n} for n in range(30_000)]}),
        ({"properties": {"x": {"properties": {"x": {"$ref": "#/properties/x"}}}}}, nested(60)),
    ],
)
def test_no_schema_holds_the_process(schema, arguments):
    # Unbounded, each of these takes seconds to years.
    assert seconds(schema, arguments) < HANG


def test_arguments_too_deep_or_too_large_for_their_schema_are_refused():
    assert judge({"additionalProperties": True}, nested(40)) == (TOO_MUCH,)
    assert judge({"properties": {"a": {"items": {"pattern": "x"}}}}, {"a": ["y" * 1_000] * 300}) == (TOO_MUCH,)
    assert judge({"properties": {"a": {"pattern": "x"}, "b": {}}}, {"b": "y" * 900_000}) == ()


def test_many_patterns_together_cost_no_more_than_few():
    schema = {"properties": {f"p{n}": {"pattern": r"^.{0,255}$"} for n in range(60)}}
    began = time.process_time()
    compile_schema(schema)
    assert time.process_time() - began < HANG


# The validator of the same schema without our closing is the oracle: what we accept, it accepts.

SMALL = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from([1.0, 1.5]) | st.sampled_from(["a", "b", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
SCHEMAS = st.recursive(
    st.booleans()
    | st.fixed_dictionaries({"type": st.sampled_from(["object", "string", "integer", "number", "array", "null"])})
    | st.just({"$ref": "#/$defs/a"})
    | st.fixed_dictionaries({"enum": st.lists(SMALL, min_size=1, max_size=3)})
    | st.fixed_dictionaries({"required": st.lists(st.sampled_from("abc"), max_size=2, unique=True)}),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "items": inner,
            "prefixItems": st.lists(inner, min_size=1, max_size=2),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "contains": inner,
            "maxContains": st.integers(1, 2),
            "additionalProperties": inner,
            "dependentSchemas": st.dictionaries(st.sampled_from("abc"), inner, max_size=1),
        },
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(SCHEMAS, SCHEMAS, st.dictionaries(st.sampled_from("abc"), SMALL, max_size=3))
def test_what_is_accepted_is_valid_by_the_schema_itself(schema, definition, arguments):
    if isinstance(schema, bool):
        return
    schema = {**schema, "$defs": {"a": definition}}
    compiled = compile_schema(schema)
    if isinstance(compiled, InputSchema) and compiled.judge(arguments) == ():
        assert jsonschema_rs.Draft202012Validator(schema).is_valid(arguments)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "$ref", "properties", "items", "anyOf", "pattern", "$id", "#", "$defs", "enum", "required"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=10,
    )
)
def test_no_schema_makes_the_compiler_raise(schema):
    compiled = compile_schema(schema)
    if isinstance(compiled, InputSchema):
        compiled.judge({"a": 1, "b": {"c": [1.0]}})
