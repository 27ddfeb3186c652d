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
