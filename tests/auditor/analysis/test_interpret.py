import pytest


def test_after_a_branch_that_ends_what_it_tested_holds(tool):
    assert tool("if x not in ('a',):", "    raise ValueError", "eval(x)") == set()
    assert tool("if x not in ('a',):", "    print(x)", "eval(x)") == {"code"}


def test_both_ways_count(tool):
    assert tool("y = 'a'", "if z:", "    y = x", "eval(y)", parameters="x: str, z: bool") == {"code"}


def test_a_loop_passes_on_what_it_collects(tool):
    assert tool("out = []", "for each in [x]:", "    out.append(each)", "eval(out)") == {"code"}


def test_what_a_loop_checks_of_each_holds_for_all(tool):
    body = ("for each in x:", "    if each not in ('a',):", "        raise ValueError", "eval(x)")
    assert tool(*body, parameters="x: list[str]") == set()


def test_a_handler_that_goes_on_undoes_what_was_checked(tool):
    before = "from pathlib import Path\nBASE = Path('/srv')\n"
    body = (
        "full = (BASE / x).resolve()",
        "try:",
        "    full.relative_to(BASE)",
        "except ValueError:",
        "    {}",
        "open(full)",
    )
    ends = [line.format("return ''") for line in body]
    goes_on = [line.format("pass") for line in body]
    assert tool(*ends, before=before) == set()
    assert tool(*goes_on, before=before) == {"path-read"}


@pytest.mark.parametrize(
    "annotation", ["int", "bool", "Literal['a']", "Optional[int]", "UUID", "int | None", "list[int]"]
)
def test_types_that_hold_no_text_are_believed_where_they_are_enforced(tool, annotation):
    assert tool("eval(x)", parameters=f"x: {annotation}") == set()


def test_a_switch_tests_one_case_after_the_other(script):
    assert script("switch (args.x) { case 'a': eval(args.x); break; default: break; }") == set()
    assert script("switch (args.x) { case 'a': break; default: eval(args.x); }") == {"code"}


def test_a_class_that_only_stands_there_changes_nothing(reached):
    assert reached(server_dot_py="class A:\n    x = 1\n    def f(self):\n        return self.x\n") == set()
