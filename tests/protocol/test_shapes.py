from __future__ import annotations

import pytest

from yett.protocol import shapes
from yett.protocol.shapes import Shape


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        (shapes.OBJECT, [{}], [[], "", None, 1]),
        (shapes.LIST, [[]], [{}, "", None, ()]),
        (shapes.STRING, ["", "x" * 10_000], [1, None, b""]),
        (shapes.TEXT, ["", "x" * 8192], ["x" * 8193, None]),
        (shapes.LINE, ["", "a=b, c", "~" * 8192], ["x" * 8193, "a\n", "a\r\nb: c", "\x00", "\t", "\u00e9", None, 1]),
        (shapes.FLAG, [True, False], [0, 1, None, "true"]),
        (shapes.NUMBER, [0, -1, 1.5], [True, "1", None]),
        (shapes.TOKEN, [0, "a", "x" * 256], [True, 1.0, None, "x" * 257]),
        (shapes.ANY, [None, 1, {}], []),
    ],
)
def test_nothing_is_coerced(shape: Shape, good, bad):
    assert [value for value in good if not shape.accepts(value)] == []
    assert [value for value in bad if shape.accepts(value)] == []


@pytest.mark.parametrize(
    "name", ["", "a", "get_issue", "a b", "git.hub-x", "\u0430dmin", "na\u200bme", "x" * 512, "%2e", '"']
)
def test_odd_names_are_left_to_the_policy_that_knows_none_of_them(name):
    assert shapes.is_name(name)


@pytest.mark.parametrize("name", ["a\0", "a\n", "\r", "\x7f", "\x85", "x" * 513, 1, None])
def test_controls_and_endless_names_are_not_even_looked_up(name):
    assert not shapes.is_name(name)


@pytest.mark.parametrize(
    "template", ["x://{a}", "file:///{+path}", "x://a/{b}/c{?d,e}", "x://{a.b*}", "memo:{id}", "x://a"]
)
def test_templates_are_uris_with_expressions(template):
    assert shapes.is_template(template)


@pytest.mark.parametrize(
    "template", ["x://{a}/../b", "x://{", "x://{a{b}}", "x://{}", "{+all}", "x://{a b}", "x://a#{f}", 1]
)
def test_templates_hide_no_tricks(template):
    assert not shapes.is_template(template)


def test_a_long_template_takes_linear_time():
    assert not shapes.is_template("x://" + "{a" * 500_000)
    assert not shapes.is_template("x://" + "{" * 1_000_000)
