import pytest


def test_what_a_later_file_defines_is_known_in_an_earlier_one(reached):
    files = {
        "a_dot_py": "from b import run\n@mcp.tool()\ndef t(x: str):\n    run(x)\n",
        "b_dot_py": "from c import deeper\ndef run(y):\n    deeper(y)\n",
        "c_dot_py": "def deeper(z):\n    eval(z)\n",
    }
    assert reached(**files) == {("code", 2)}


def test_files_that_import_each_other_end(reached):
    files = {
        "a_dot_py": "from b import g\ndef f(x):\n    return g(x)\n@mcp.tool()\ndef t(x: str):\n    eval(f(x))\n",
        "b_dot_py": "from a import f\ndef g(x):\n    return x or f(x)\n",
    }
    assert reached(**files) == {("code", 6)}


def test_a_table_of_tool_objects_is_dispatched_to_all(reached):
    text = """class A:
    def execute(self, arguments):
        eval(arguments["x"])
class B:
    def execute(self, arguments):
        exec(arguments["x"])
TOOLS = {"a": A(), "b": B()}
@server.call_tool()
async def call(name, arguments):
    return TOOLS[name].execute(arguments)
"""
    assert reached(server_dot_py=text) == {("code", 3), ("code", 6)}


def test_tables_of_tables_of_tables_end(program):
    text = "a = {'k': eval}\n" + "".join(f"a = {{{', '.join(f'{i!r}: a' for i in range(60))}}}\n" for _ in range(30))
    assert program(server_dot_py=text).paths == ()


def test_ten_megabytes_of_functions_are_read_within_bounds(program):
    text = "".join(
        f"def f{i}(x, y):\n    z = f{i - 1 if i else 0}(x, y) + 'text of some length to fill the line'\n    return z\n"
        for i in range(2_000)
    )
    assert program(server_dot_py=text + "eval(f5(1, 2))\n").paths == ()


def test_what_costs_too_much_is_given_up_and_said(program, monkeypatch):
    monkeypatch.setattr("yett.auditor.analysis.effort.MOST_STEPS", -1_990)
    found = program(server_dot_py="def f(x):\n" + "    x = f(x)\n" * 200)
    assert found.paths == ()
    assert found.world.effort.left <= 0


HOSTILE = {
    "thousands of branches": "def f(x):\n"
    + "".join(f"    if x == {i}:\n        a{i} = x\n" for i in range(2_000))
    + "    return x\n",
    "thousands of calls": "def g(x):\n    return {'a': x, 'b': [x, x]}\ndef f(x):\n" + "    g(x)\n" * 6_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_one_hostile_function_does_not_hide_a_flaw_beside_it(program, text, monkeypatch):
    monkeypatch.setattr("yett.auditor.analysis.effort.MOST_STEPS_OF_A_RUN", 5_000)
    found = program(
        hostile_dot_py=text, server_dot_py="from mcp import mcp\n@mcp.tool()\ndef t(x: str):\n    eval(x)\n"
    )
    assert [(path.flow.sink.kind, path.flow.sink.spot.line) for path in found.paths] == [("code", 4)]
    given_up = [(module.path, why) for (module, _), why in found.world.effort.given_up.items()]
    assert given_up == [("hostile.py", "`f` takes more work than one function is given")]
    assert found.world.effort.left > 0


def test_a_function_that_was_given_up_proves_nothing(program, monkeypatch):
    monkeypatch.setattr("yett.auditor.analysis.effort.MOST_STEPS_OF_A_RUN", 2_000)
    text = (
        "ALLOWED = ['a']\ndef check(x):\n    if x not in ALLOWED:\n        raise ValueError(x)\n"
        + "    y = len(x)\n" * 2_001
        + "    return x\n@mcp.tool()\ndef t(x: str):\n    check(x)\n    eval(x)\n"
    )
    assert [path.flow.sink.kind for path in program(server_dot_py=text).paths] == ["code"]


def test_hundreds_of_functions_that_call_each_other_end_within_the_bound(program):
    text = "".join(
        f"def f{i}(x, y):\n    if x:\n        return {{'a': f{(i + 1) % 200}(x, y), 'b': f{(i * 7) % 200}(y, x)}}\n"
        for i in range(200)
    )
    world = program(server_dot_py=text).world
    assert world.effort.left > 0


def test_classes_that_inherit_from_each_other_end(program):
    text = "class A(B):\n    pass\nclass B(C):\n    pass\nclass C(A):\n    def run(self, x):\n        eval(x)\n"
    assert program(server_dot_py=text + "@mcp.tool()\ndef t(x: str):\n    A().run(x)\n").paths != ()
