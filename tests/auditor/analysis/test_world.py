def test_a_method_is_found_in_a_base_and_in_an_heir(reached):
    text = """class Base:
    def handle(self, x):
        self.step(x)
    def step(self, x):
        raise NotImplementedError
class Heir(Base):
    def step(self, x):
        eval(x)
@mcp.tool()
def t(x: str):
    Heir().handle(x)
"""
    assert reached(server_dot_py=text) == {("code", 8)}


def test_classes_that_inherit_from_each_other_end(reached):
    assert reached(server_dot_py="class A(B):\n    pass\nclass B(A):\n    pass\nA().f()\n") == set()


def test_what_is_re_exported_is_found(reached):
    files = {
        "server_dot_ts": "import { run } from './lib';\nserver.tool('t', {}, async ({ x }) => run(x));\n",
        "lib__index_dot_ts": "export * from './run';\n",
        "lib__run_dot_ts": "export const run = (x: string) => eval(x);\n",
    }
    assert reached(**files) == {("code", 1)}


def test_a_property_is_called_where_it_is_read(reached):
    text = """class T:
    def __init__(self, x):
        self.x = x
    @property
    def line(self):
        return self.x
@mcp.tool()
def t(x: str):
    eval(T(x).line)
"""
    assert reached(server_dot_py=text) == {("code", 9)}
