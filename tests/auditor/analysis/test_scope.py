def test_a_closure_sees_what_is_around_it(reached):
    text = "@mcp.tool()\ndef t(x: str):\n    def inner():\n        eval(x)\n    inner()\n"
    assert reached(server_dot_py=text) == {("code", 4)}


def test_a_local_name_is_not_the_global_one(tool):
    assert tool("eval = print", "eval(x)") == set()


def test_a_field_of_the_object_holds_for_its_methods(reached):
    text = """class T {
  constructor(private readonly run: Runner) {}
  handle(x) { this.line = x; this.go(); }
  go() { eval(this.line); }
}
const t = new T();
server.tool('t', {}, async ({ x }) => t.handle(x));
"""
    assert reached(server_dot_ts=text) == {("code", 4)}


def test_an_unknown_python_name_is_unknown(tool):
    assert tool("fetch(x)") == set()
