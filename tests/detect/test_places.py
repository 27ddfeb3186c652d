from __future__ import annotations

from yett.detect.places import ELSEWHERE, at, children, in_place, places

SCHEMA = {
    "$defs": {"a/b": {"items": {"const": 1}}},
    "allOf": [{"const": 2}],
    "then": {"const": 3},
    "dependentSchemas": {"x": {"const": 4}},
    "properties": {"p": {"const": 5}},
    "patternProperties": {"^q": {"const": 6}},
    "prefixItems": [{"const": 7}],
    "propertyNames": {"const": 8},
    "additionalProperties": True,
}


def test_what_applies_to_the_same_value():
    assert list(in_place(SCHEMA)) == [
        ("then", {"const": 3}),
        ("allOf", {"const": 2}),
        ("dependentSchemas", {"const": 4}),
    ]


def test_what_applies_to_the_values_inside():
    assert list(children(SCHEMA)) == [
        ("/p", {"const": 5}),
        (ELSEWHERE, {"const": 6}),
        (ELSEWHERE, True),
        (ELSEWHERE, {"const": 8}),
        ("#0", {"const": 7}),
    ]


def test_a_pointer_is_followed_with_its_escapes():
    assert at(SCHEMA, "#") is SCHEMA
    assert at(SCHEMA, "#/$defs/a~1b/items") == {"const": 1}
    assert at(SCHEMA, "#/prefixItems/0") == {"const": 7}


def test_places_are_the_root_and_the_values_inside():
    assert sorted(place["const"] for place in places(SCHEMA) if "const" in place) == [1, 5, 6, 7]
    assert next(places(SCHEMA)) is SCHEMA
