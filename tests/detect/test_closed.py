from __future__ import annotations

import time

import pytest

from yett.detect.closed import Closing
from yett.detect.dialect import Dialect

HANG = 20.0
"""Seconds of CPU: no measurement, but the line between work and a process that is held. Unbounded, it is minutes."""


def closed(schema):
    dialect = Dialect(schema)
    assert dialect.problem == ""
    assert Closing(dialect.schema).problem == ""
    return dialect.schema


def test_the_root_is_closed_even_when_it_names_nothing():
    assert closed({"type": "object"}) == {"type": "object", "additionalProperties": False}
    assert closed({}) == {"additionalProperties": False}


def test_objects_inside_are_closed_where_they_name_properties():
    schema = {"properties": {"a": {"properties": {"b": {}}}, "free": {"type": "object"}, "any": {}}}
    assert closed(schema) == {
        "properties": {
            "a": {"properties": {"b": {}}, "additionalProperties": False},
            "free": {"type": "object"},
            "any": {},
        },
        "additionalProperties": False,
    }


@pytest.mark.parametrize("explicit", [True, False, {}, {"type": "string"}])
@pytest.mark.parametrize("keyword", ["additionalProperties", "unevaluatedProperties"])
def test_what_the_schema_says_itself_stays(keyword, explicit):
    assert closed({"properties": {"a": {}}, keyword: explicit}) == {"properties": {"a": {}}, keyword: explicit}
    inside = {"allOf": [{"properties": {"a": {}}, keyword: explicit}]}
    assert closed(inside) == inside


def test_a_place_knows_what_its_parts_name():
    schema = {
        "$defs": {"X": {"properties": {"p": {}}}},
        "$ref": "#/$defs/X",
        "allOf": [{"properties": {"q": {}}}],
        "properties": {"r": {}},
        "patternProperties": {"^s": {}},
        "if": {"properties": {"t": {}}},
        "dependentSchemas": {"r": {"properties": {"u": {}}}},
        "not": {"properties": {"v": {}}},
    }
    assert closed(schema) == {
        **schema,
        "properties": {"p": True, "q": True, "r": {}, "t": True, "u": True},
        "additionalProperties": False,
    }


def test_a_branch_does_not_take_what_only_its_neighbour_names():
    a, b = {"properties": {"a": {}}}, {"properties": {"b": {}}}
    assert closed({"properties": {"v": {"properties": {"k": {}}, "anyOf": [a, b]}}})["properties"]["v"] == {
        "properties": {"a": True, "b": True, "k": {}},
        "additionalProperties": False,
        "anyOf": [
            {"properties": {"a": {}, "k": True}, "additionalProperties": False},
            {"properties": {"b": {}, "k": True}, "additionalProperties": False},
        ],
    }


def test_a_branch_that_says_so_itself_stays_open_and_its_neighbours_do_not():
    schema = {"oneOf": [{"properties": {"a": {}}, "additionalProperties": True}, {"properties": {"b": {}}}]}
    assert closed(schema) == {
        "oneOf": [
            {"properties": {"a": {}}, "additionalProperties": True},
            {"properties": {"b": {}}, "additionalProperties": False},
        ]
    }


def test_references_are_closed_where_they_are_used():
    schema = {
        "$defs": {"X": {"type": "object", "properties": {"p": {"properties": {"q": {}}}}}},
        "properties": {"x": {"$ref": "#/$defs/X"}, "y": {"anyOf": [{"$ref": "#/$defs/X"}, {"type": "null"}]}},
    }
    shut = {"properties": {"p": True}, "additionalProperties": False}
    result = closed(schema)
    assert result["properties"] == {
        "x": {"$ref": "#/$defs/X", **shut},
        "y": {"anyOf": [{"$ref": "#/$defs/X", **shut}, {"type": "null", "additionalProperties": False}], **shut},
    }
    assert result["$defs"]["X"] == {
        "type": "object",
        "properties": {"p": {"properties": {"q": {}}, "additionalProperties": False}},
    }


def test_items_and_definitions_are_closed_inside():
    inner = {"properties": {"p": {}}}
    shut = {"properties": {"p": {}}, "additionalProperties": False}
    schema = {"$defs": {"L": {"items": inner}}, "properties": {"l": {"prefixItems": [inner], "items": inner}}}
    result = closed(schema)
    assert result["$defs"]["L"] == {"items": shut}
    assert result["properties"]["l"] == {"prefixItems": [shut], "items": shut}


def test_a_recursive_schema_is_closed_at_every_depth():
    schema = {"properties": {"next": {"$ref": "#"}}}
    assert closed(schema) == {
        "properties": {"next": {"$ref": "#", "properties": {"next": True}, "additionalProperties": False}},
        "additionalProperties": False,
    }


def test_the_names_of_members_are_no_place():
    assert closed({"propertyNames": {"maxLength": 3}}) == {
        "propertyNames": {"maxLength": 3},
        "additionalProperties": False,
    }


def test_a_schema_made_against_closing_is_a_problem_soon():
    definitions = {f"d{n}": {"properties": {f"p{n}": {"$ref": "#/$defs/all"}}} for n in range(600)}
    definitions["all"] = {"allOf": [{"$ref": f"#/$defs/d{n}"} for n in range(600)]}
    began = time.process_time()
    assert Closing(Dialect({"$defs": definitions}).schema).problem == "its references multiply"
    assert time.process_time() - began < HANG
