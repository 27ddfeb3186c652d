from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yett.detect.size import LONG_TEXT, Size, _measure_deep, measure


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({}, Size(1, 1, 0)),
        ({"a": "xy", "b": 1, "c": None, "d": True}, Size(5, 1, 6)),
        ({"a": {"b": [1, "x"]}}, Size(5, 3, 3)),
        ({"a": 1.5}, Size(2, 1, 1)),
        ({"a": 1.0}, Size(2, 1, 1, fractions=True)),
        ({"a": [-0.0]}, Size(3, 2, 1, fractions=True)),
        ({"a": "x" * LONG_TEXT}, Size(2, 1, LONG_TEXT + 1)),
        ({"a": "x" * (LONG_TEXT + 1)}, Size(2, 1, 1, long=True)),
    ],
)
def test_sizes(value, size):
    assert measure(value) == size


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4))
def test_the_short_way_measures_as_the_long_one(value):
    assert measure(value) == _measure_deep(value)
