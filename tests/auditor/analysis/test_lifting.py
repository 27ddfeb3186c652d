def test_a_callee_does_with_a_field_what_its_caller_put_there(script):
    before = "function run(options) { eval(options.text); }\n"
    assert script("run({ text: args.x, other: 'a' });", before=before) == {"code"}
    assert script("run({ text: 'a', other: args.x });", before=before) == set()


def test_an_answer_is_what_was_given(tool):
    before = "def same(a, b):\n    return a\n"
    assert tool("eval(same(x, 1))", before=before) == {"code"}
    assert tool("eval(same(1, x))", before=before) == set()


def test_what_a_callee_cleans_is_clean_in_its_answer(tool):
    before = "import re\ndef clean(a):\n    return re.sub(r'[^a-z]', '', a)\n"
    assert tool("eval(clean(x))", before=before) == set()


def test_the_way_is_told_call_by_call(program):
    text = "def b(y):\n    eval(y)\ndef a(z):\n    b(z)\n@mcp.tool()\ndef t(x: str):\n    a(x)\n"
    found = program(server_dot_py=text)
    (path,) = found.paths
    assert [(step.place.line, step.says) for step in found.steps(path)] == [
        (6, "`x` comes in by tool `t`"),
        (7, "`t` calls `a`"),
        (4, "`a` calls `b`"),
        (2, "and reaches `eval` in `b`"),
    ]


def test_a_helper_that_compares_is_worth_what_its_caller_resolved(tool):
    before = """from pathlib import Path
BASE = Path('/srv')
def within(path):
    try:
        path.relative_to(BASE)
        return True
    except ValueError:
        return False
"""
    use = ("full = (BASE / x){}", "if not within(full):", "    return ''", "open(full)")
    assert tool(*[line.format(".resolve()") for line in use], before=before) == set()
    assert tool(*[line.format("") for line in use], before=before) == {"path-read"}
