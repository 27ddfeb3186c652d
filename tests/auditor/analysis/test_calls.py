def test_arguments_are_bound_by_place_and_by_name(tool):
    helper = "def run(a, *, b=''):\n    eval(b)\n"
    assert tool("run(1, b=x)", before=helper) == {"code"}
    assert tool("run(x, b='1')", before=helper) == set()


def test_arguments_reach_through_star_and_double_star(tool):
    helper = "def run(*args, **named):\n    eval(args[0])\n    exec(named['y'])\n"
    assert tool("run(x)", before=helper) == {"code"}
    assert tool("run('1', y=x)", before=helper) == {"code"}
    assert tool("run('1', z=x)", before=helper) == set()


def test_a_method_of_an_object_that_was_made_here(tool):
    helper = "class Runner:\n    def __init__(self, line):\n        self.line = line\n    def go(self):\n        eval(self.line)\n"
    assert tool("Runner(x).go()", before=helper) == {"code"}
    assert tool("Runner('1').go()", before=helper) == set()


def test_a_method_of_that_name_is_found_where_only_one_class_has_it(script):
    helper = "class Docs { describeAll(line) { eval(line); } }\n"
    assert script("services.docs.describeAll(args.x);", before=helper) == {"code"}


def test_functions_that_call_each_other_end(tool):
    helper = "def a(x, n):\n    return b(x, n)\ndef b(x, n):\n    eval(x)\n    return a(x, n - 1)\n"
    assert tool("a(x, 3)", before=helper) == {"code"}
