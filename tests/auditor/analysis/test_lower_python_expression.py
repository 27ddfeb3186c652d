import pytest

from yett.auditor.analysis import ir
from yett.auditor.analysis.lower_python import lower_python


def lowered(text):
    (statement,) = lower_python("a.py", text).body.body
    return statement.value


@pytest.mark.parametrize(
    ("text", "kind"),
    [("f'{a}b'", ir.Concat), ("'%s' % a", ir.Concat), ("a + b + c", ir.Concat), ("a - b", ir.Mixed), ("await_(a)", ir.Call),
     ("a and b", ir.Logic), ("a < b", ir.Compare), ("a < b < c", ir.Logic), ("not a", ir.Not), ("[a]", ir.Sequence),
     ("{a: b}", ir.Table), ("lambda: a", ir.Closure), ("[a for a in b]", ir.Comprehension), ("a[1:2]", ir.Item)],
)  # fmt: skip
def test_each_expression_has_its_node(text, kind):
    assert type(lowered(text)) is kind


def test_a_long_sum_is_flat():
    assert len(lowered(" + ".join(["a"] * 500)).parts) == 500


def test_a_call_stands_where_its_last_name_stands():
    call = lowered("(a\n .b()\n .c(1))")
    assert (call.line, call.func.name) == (3, "c")


def test_a_repr_is_not_the_text_and_a_number_holds_none():
    parts = lowered("f'{a!r} {b:d} {c}'").parts
    assert isinstance(parts[0], ir.Call)
    assert parts[2].number
    assert isinstance(parts[4], ir.Name)
