import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.analysis import ir
from yett.auditor.analysis.lower_python import lower_python


def test_a_chain_of_elif_is_flat():
    text = "if a == 0:\n    pass\n" + "".join(f"elif a == {i}:\n    pass\n" for i in range(1, 200))
    (branch,) = lower_python("a.py", text).body.body
    assert isinstance(branch, ir.Branch)
    assert len(branch.cases) == 200


def test_functions_in_functions_cost_no_depth():
    text = "".join(f"{'    ' * i}def f{i}():\n" for i in range(60)) + "    " * 60 + "pass\n"
    module = lower_python("a.py", text)
    assert len(module.functions) == 61
    assert module.cut == []


def test_too_deep_is_cut_and_said():
    module = lower_python("a.py", "x = " + "[" * 95 + "]" * 95 + "\n")
    assert module.cut == [(1, "nested deeper than 90 levels")]


@pytest.mark.parametrize("text", ["def (", "x = " + "(" * 5000, "print 'a'", "\tx\n y"])
def test_what_is_no_python_is_an_error_that_the_caller_expects(text):
    with pytest.raises((SyntaxError, ValueError)):
        lower_python("a.py", text)


@given(st.text(alphabet="abx=()[]{}:,.'\"\n \t#@*+-/%<>!0123ifdefclassreturn", max_size=120))
def test_any_text_is_lowered_or_refused(text):
    try:
        module = lower_python("a.py", text)
    except (SyntaxError, ValueError):
        return
    assert module.functions[0] is module.body
