from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.analysis.files import claims, parse, programs
from yett.auditor.analysis.program import Program, SourceFile
from yett.auditor.subject import Skipped


def test_code_is_claimed_and_declarations_are_not():
    assert [claims(name, "") for name in ("a.py", "b.ts", "c.mjs", "d.d.ts", "e.json")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_what_is_not_analysed_is_said():
    assert parse("tests/test_a.py", "x = 1") == Skipped(
        path="tests/test_a.py", why="test code, which is not part of the server"
    )
    assert parse("dist/app.js", "a();" * 20_000) == Skipped(
        path="dist/app.js", why="minified: analyse the source that it was made of"
    )


def test_all_files_are_one_program():
    subjects = [parse("a.py", "x = 1"), parse("b.ts", "let y = 1;")]
    (program,) = programs(subjects)
    assert isinstance(program, Program)
    assert [module.path for module in program.modules] == ["a.py", "b.ts"]
    assert programs([]) == []


PIECES = st.sampled_from(
    ["def f(x):\n    ", "return ", "x", "(", ")", "[", "]", "{", "}", ":", ",", ".", "eval", "'", '"', "`", "${", "=>", "\n",
     "    ", "class A", "if ", "else", "for ", " in ", "async ", "await ", "import ", "from ", "export ", "const ", "=", "+", "*",
     "...", "@mcp.tool()\n", "server.tool('t', ", "/", "\\", "#", "//", "<", ">", "\x00", "\ud800", "é", "switch", "case 1:", "try",
     "except", "catch", "match x:\n", "lambda: ", "f'{x}'", "yield ", "del ", "global x\n", "not ", "-", "1e9", "?.", "??", "!"]
)  # fmt: skip


@given(
    st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200),
    st.sampled_from(["a.py", "a.ts", "a.js", "a.tsx"]),
)
def test_no_text_makes_reading_or_asking_raise(text, path):
    parsed = parse(path, text)
    assert isinstance(parsed, SourceFile | Skipped)
    for program in programs([parsed]):
        assert isinstance(program.paths, tuple)
