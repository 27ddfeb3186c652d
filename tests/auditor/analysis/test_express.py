import pytest


@pytest.mark.parametrize("body", ["eval(f'{x}')", "eval('a' + x)", "eval('%s' % x)", "eval(x or 'y')", "eval([x][0])",
                                  "eval({'a': x}['a'])", "eval([y for y in [x]])", "eval(x if x else '')",
                                  "eval((lambda: x)())", "eval('{}'.format(x))", "eval(','.join([x]))"])  # fmt: skip
def test_expressions_pass_on_where_they_came_from(tool, body):
    assert tool(body) == {"code"}


@pytest.mark.parametrize("body", ["eval(x == 'a')", "eval(len(x))", "eval(not x)", "eval('a' if x else 'b')",
                                  "eval({'a': x, 'b': 'c'}['b'])", "eval(str(int(x)))"])  # fmt: skip
def test_expressions_that_hold_no_text_of_it_pass_on_nothing(tool, body):
    assert tool(body) == set()


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("x in ('a', 'b')", set()),
        ("x in ('a', 'b') and y", set()),
        ("x in ('a', 'b') or y", {"code"}),
        ("not x in ('a', 'b')", {"code"}),
        ("x not in ('a', 'b')", {"code"}),
        ("x == 'a'", set()),
        ("x != 'a'", {"code"}),
        ("x == 'a' or x == 'b'", set()),
    ],
)
def test_what_a_test_proves_holds_where_it_was_true(tool, test, found):
    assert tool(f"if {test}:", "    eval(x)", parameters="x: str, y: str") == found


def test_the_right_side_of_and_is_asked_only_where_the_left_holds(script):
    assert script("/^[a-z]+$/.test(args.x) && eval(args.x);") == set()
    assert script("/^[a-z]+$/.test(args.x) || eval(args.x);") == {"code"}
