from __future__ import annotations

import time

import pytest

from yett.detect.dialect import Dialect
from yett.detect.weight import CEILING, Weight

HANG = 20.0
"""Seconds of CPU: no measurement, but the line between work and a process that is held. Unbounded, it is minutes."""


def weight(schema) -> Weight:
    dialect = Dialect(schema)
    assert dialect.problem == ""
    return Weight(dialect.schema)


def doubling(levels: int, *, through_property: bool) -> dict:
    """`a0` asks for `a1` twice, and so on: in one place, or one property further down each time."""
    definitions: dict = {f"a{levels}": {"type": "integer"}}
    for n in range(levels):
        step = {"$ref": f"#/$defs/a{n + 1}"}
        definitions[f"a{n}"] = {"anyOf": [{"properties": {"x": step}} if through_property else step] * 2}
    return {"$defs": definitions, "properties": {"x": {"$ref": "#/$defs/a0"}}}


def test_an_ordinary_schema_weighs_little():
    schema = {"properties": {"a": {"type": "string"}, "b": {"items": {"properties": {"c": {}, "d": {}}}}}}
    assert [weight(schema).at(depth) for depth in range(4)] == [1, 2, 3, 4]


def test_a_recursive_schema_grows_with_depth_only():
    tree = {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}}
    assert weight(tree).at(32) < 200


def test_references_that_double_in_one_place_weigh_what_they_cost():
    doubled = weight(doubling(30, through_property=False))
    assert doubled.problem == ""
    assert doubled.at(1) > 2**30


def test_references_that_double_from_property_to_property_weigh_what_they_cost():
    doubled = weight(doubling(30, through_property=True))
    assert doubled.problem == ""
    assert doubled.at(3) < 500
    assert doubled.at(31) > 10**9


def test_recursion_that_doubles_reaches_the_ceiling():
    step = {"properties": {"x": {"$ref": "#"}, "y": {"$ref": "#"}}}
    assert weight({"anyOf": [step] * 8}).at(32) == CEILING


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"},
        {"$defs": {"a": {"not": {"$ref": "#/$defs/a"}}}, "properties": {"x": {"$ref": "#/$defs/a"}}},
    ],
)
def test_a_schema_that_means_itself_is_a_problem(schema):
    assert weight(schema).problem == "it refers to itself without end"


def test_values_that_are_compared_one_by_one_weigh_each():
    assert weight({"properties": {"a": {"enum": [{"b": n} for n in range(100)]}}}).at(1) == 102
    assert weight({"properties": {"a": {"enum": list(range(100))}}}).at(1) == 2
    assert weight({"patternProperties": {"a": {}, "b": {}}}).at(0) == 3


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {f"p{n}": {"anyOf": [{"$ref": "#"}] * 2} for n in range(600)}},
        {
            "$defs": {"a900": {}}
            | {f"a{n}": {"properties": {f"p{n}": {}}, "$ref": f"#/$defs/a{n + 1}"} for n in range(900)},
            "$ref": "#/$defs/a0",
        },
    ],
)
def test_a_schema_made_against_weighing_is_a_problem_soon(schema):
    began = time.process_time()
    assert weight(schema).problem == "its references multiply"
    assert time.process_time() - began < HANG


def test_a_long_chain_of_references_is_fine():
    definitions = {f"a{n}": {"$ref": f"#/$defs/a{n + 1}"} for n in range(1_500)}
    chain = weight({"$defs": {**definitions, "a1500": {}}, "$ref": "#/$defs/a0"})
    assert (chain.problem, chain.at(3)) == ("", 1_502)
