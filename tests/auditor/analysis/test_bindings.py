import pytest


@pytest.mark.parametrize(
    "body",
    [
        ("a, b = 1, x", "eval(b)"),
        ("d = {}", "d['k'] = x", "eval(d['k'])"),
        ("a = 'v = '", "a += x", "eval(a)"),
        ("first, *rest = [1, x]", "eval(rest)"),
        ("if (y := x):", "    eval(y)"),
    ],
)
def test_what_is_bound_keeps_where_it_came_from(tool, body):
    assert tool(*body) == {"code"}


def test_the_other_part_of_a_pair_is_not_tainted(tool):
    assert tool("a, b = 1, x", "eval(a)") == set()


def test_a_pattern_takes_fields_apart(script):
    assert script("const { x: cmd, ...rest } = args;", "eval(cmd);") == {"code"}
    assert script("const { y = 'safe' } = { y: 'a' };", "eval(y);") == set()
