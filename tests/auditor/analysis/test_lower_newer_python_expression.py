import pytest

from yett.auditor.analysis.lower_newer_python import lower_newer_python
from yett.auditor.analysis.lower_python import lower_python


def lowered(lower, text):
    (statement,) = lower("a.py", text).body.body
    return statement.value


@pytest.mark.parametrize(
    "text",
    ["f'{a}b'", "'%s' % a", "a + b + c", "a - b", "f(a, *b, c=1, **d)", "a and b", "a or b or c", "a < b", "a < b < c", "not a",
     "[a]", "(a, b)", "{a: b, **c}", "{a}", "lambda: a", "[a for a in b if c]", "{a: b for a in c}", "a[1:2]", "a['k']", "a.b.c",
     "a if b else c", "-a", "1", "'a' 'b'", "None", "a / b", "a not in b", "a is None"],
)  # fmt: skip
def test_each_expression_has_the_node_that_the_other_parser_gives_it(text):
    mine, theirs = lowered(lower_newer_python, text), lowered(lower_python, text)
    kinds = {type(mine).__name__, type(theirs).__name__}
    assert len(kinds) == 1 or kinds == {"Concat", "Const"}


def test_a_call_stands_where_its_last_name_stands():
    call = lowered(lower_newer_python, "(a\n .b()\n .c(1))")
    assert (call.line, call.func.name) == (3, "c")
