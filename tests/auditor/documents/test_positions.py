from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.documents.positions import Positions, lines


@given(st.text(alphabet="ab\r\n\u2028"), st.integers(0, 40))
def test_an_offset_is_a_line_and_a_column_of_it(text, offset):
    offset = min(offset, len(text))
    line, column = Positions(text).of(offset)
    before = lines(text)[line - 1][: column - 1]
    # An offset within `\r\n` belongs to the line that it ends.
    assert text[:offset].endswith(before) or text[offset - 1 : offset + 1] == "\r\n"


def test_lines_end_where_editors_end_them():
    assert lines("a\r\nb\rc\n\u2028") == ("a", "b", "c", "\u2028")
