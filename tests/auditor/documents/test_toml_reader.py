import tomllib

from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.documents.flaw import Flaw
from yett.auditor.documents.toml_reader import read_toml
from yett.config.node import Span, find, plain

TEXT = """title = "x"
[mcp_servers.notes]
command = "npx"
args = ["-y", "notes-mcp"]
env = { TOKEN = "abc", "QUOTED KEY" = 'd' }
"""


def test_values_are_those_of_the_standard_library():
    assert plain(read_toml(TEXT)) == tomllib.loads(TEXT)


def test_values_know_where_they_stand():
    root = read_toml(TEXT)
    server = ("mcp_servers", "notes")
    assert find(root, (*server, "command")).node.span == Span(3, 11, 3, 16)
    assert find(root, (*server, "args", 1)).node.span == Span(4, 15, 4, 26)
    assert find(root, (*server, "env", "TOKEN")).node.span == Span(5, 17, 5, 22)
    assert find(root, server).key == Span(2, 2, 2, 7) or find(root, server).key.line == 2


@given(st.text() | st.text(alphabet="[]{}=\"'.\n#ab0-9_ "))
def test_any_text_is_read_or_refused(text):
    node = read_toml(text)
    try:
        expected = tomllib.loads(text)
    except ValueError:
        assert isinstance(node, Flaw)
    else:
        assert set(plain(node)) == set(expected)


def test_depth_does_not_break_the_reader():
    assert isinstance(read_toml("a = " + "[" * 20_000), Flaw)
