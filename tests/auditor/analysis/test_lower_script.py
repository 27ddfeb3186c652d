from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.analysis import ir
from yett.auditor.analysis.lower_script import lower_script


def test_a_chain_of_else_if_is_flat():
    text = "if (a === 0) { }" + "".join(f" else if (a === {i}) {{ b(); }}" for i in range(1, 80))
    (branch,) = lower_script("a.ts", text).body.body
    assert isinstance(branch, ir.Branch)
    assert len(branch.cases) == 80


def test_a_switch_joins_cases_that_share_a_body():
    (branch,) = lower_script("a.js", "switch (a) { case 1: case 2: f(); break; default: g(); }").body.body
    assert [type(test) for test, _ in branch.cases] == [ir.Logic]
    assert len(branch.otherwise) == 1


def test_what_stands_behind_a_broken_line_is_read():
    module = lower_script("a.ts", "const a = ;;; %%%\nfunction f() { return 1; }\n")
    assert "f" in [function.name for function in module.functions]


def test_a_bundle_of_ten_thousand_calls_on_one_line_is_lowered():
    module = lower_script("a.js", "f(1);" * 10_000)
    assert len(module.body.body) == 10_000


def test_deep_nesting_is_cut_and_said():
    module = lower_script("a.js", "a(" * 3000 + ")" * 3000)
    assert module.cut
    module = lower_script("a.js", "{" * 3000 + "}" * 3000)
    assert module.cut


@given(st.text(alphabet="abx=()[]{}:;,.'\"`\n $#@*+-/%<>!?&|0123iffunctionclassreturnasync=>", max_size=160))
def test_any_text_is_lowered(text):
    for name in ("a.ts", "a.js", "a.tsx"):
        assert lower_script(name, text).functions
