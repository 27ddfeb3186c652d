import pytest

from yett.auditor.analysis import ir
from yett.auditor.analysis.lower_script import lower_script


def lowered(text):
    (statement,) = lower_script("a.ts", f"x = {text};").body.body
    return statement.value


@pytest.mark.parametrize(
    ("text", "kind"),
    [("`a${b}`", ir.Concat), ("a + b", ir.Concat), ("a ?? b", ir.Logic), ("a === b", ir.Compare), ("!a", ir.Not),
     ("[a]", ir.Sequence), ("{ a, b: 1, c() {} }", ir.Table), ("() => a", ir.Closure), ("a ? b : c", ir.Choice),
     ("new A(b)", ir.Call), ("await a", ir.Name), ("a as B", ir.Name), ("a!", ir.Name), ("a?.b", ir.Attr), ("/a/g", ir.Regex),
     ("a - b", ir.Mixed), ("undefined", ir.Const), ("(a)", ir.Name)],
)  # fmt: skip
def test_each_expression_has_its_node(text, kind):
    assert type(lowered(text)) is kind


def test_compiled_code_calls_the_function_behind_the_comma():
    call = lowered("(0, m_1.f)(a)")
    assert isinstance(call.func, ir.Attr)


def test_a_text_that_is_added_up_from_ten_thousand_is_flat():
    assert len(lowered(" + ".join(["'a'"] * 10_000)).parts) == 10_000


def test_a_call_stands_where_its_last_name_stands():
    call = lowered("a\n  .b(1)\n  .c(2)")
    assert (call.line, call.func.name) == (3, "c")
