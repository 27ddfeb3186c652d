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
    monkeypatch.setattr("yett.auditor.analysis.world.MOST_STEPS", -1_990)
    found = program(server_dot_py="def f(x):\n" + "    x = f(x)\n" * 200)
    assert found.paths == ()
    assert found.world.steps < 0
