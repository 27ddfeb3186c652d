import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.analysis import ir
from yett.auditor.analysis.files import parse
from yett.auditor.analysis.lower_newer_python import lower_newer_python
from yett.auditor.analysis.lower_python import lower_python

PROGRAM = '''
import os
from .a import b as c, d
from e import *

class A(B):
    """Doc."""
    x: int = 1

    @staticmethod
    def s(): return 1

    async def m(self, y: str | None = None, *rest, key=3, **more) -> str:
        if y is None:
            return "a"
        elif y in ("b", "c"):
            pass
        else:
            y += f"{y!r} {rest[0]}" + "d" % key
        for i, j in enumerate(rest):
            with open(i) as f, g:
                yield f
        try:
            del x
        except (E, F) as error:
            raise ValueError("x") from error
        finally:
            os.system("ls " + y)
        match y:
            case "a":
                return {"k": y, **more}
            case _:
                return [z for z in rest if z]
'''


def shape(module):
    """Names of functions, classes and calls, with their lines: what both parsers must agree on."""
    return (
        [(f.qualified, f.line, [(p.name, p.star, p.stars) for p in f.params]) for f in module.functions],
        [(k.name, k.line, sorted(k.methods)) for k in module.classes],
        [type(node).__name__ for f in module.functions for node in f.body],
    )


def test_both_parsers_lower_a_program_alike():
    assert shape(lower_newer_python("a.py", PROGRAM)) == shape(lower_python("a.py", PROGRAM))


@pytest.mark.parametrize(
    "text",
    [
        "def run(x):\n    eval(f\"{'\\n'.join([x])}\")\n",
        "def run[T](x: T):\n    eval(x)\n",
        "def run(x):\n    eval(x)\n\ndef broken(:\n    pass\n",
    ],
)
def test_what_the_interpreter_cannot_parse_is_analysed_all_the_same(program, text):
    with pytest.raises(SyntaxError):
        ast.parse("def broken(:")
    assert [path.flow.sink.kind for path in program(a_dot_py=text).paths] == ["code"]


def test_what_cannot_be_parsed_is_read_by_the_other_parser():
    module = parse("a.py", "def f(:\n    pass\nx = 1\n").module
    assert any(isinstance(node, ir.Bind) for node in module.body.body)


@given(st.text(alphabet="abx=()[]{}:,.'\"\n \t#@*+-/%<>!0123ifdefclassreturnmatchcase", max_size=160))
def test_any_text_is_lowered(text):
    assert lower_newer_python("a.py", text).functions


def test_deep_nesting_is_cut_and_said():
    assert lower_newer_python("a.py", "x = " + "(" * 3000 + ")" * 3000).cut
