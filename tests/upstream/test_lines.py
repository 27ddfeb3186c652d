from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.upstream.lines import OVERLONG, Lines


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([b"a\nb\n"], [b"a", b"b"]),
        ([b"a", b"b\nc", b"\n"], [b"ab", b"c"]),
        ([b"a\r\n\r\n\n b\n"], [b"a", b" b"]),
        ([b"a\rb\n"], [b"a\rb"]),
        ([b"a\r", b"\n"], [b"a"]),
        ([b"no end"], []),
        ([b"12345678\n"], [b"12345678"]),
        ([b"123456789\nok\n"], [OVERLONG, b"ok"]),
        ([b"12345", b"6789", b"rest\nok\n"], [OVERLONG, b"ok"]),
        ([b"123456789"] * 1_000 + [b"\nok\n"], [OVERLONG, b"ok"]),
    ],
)
def test_lines_are_found_wherever_the_chunks_are_cut(chunks, expected):
    lines = Lines(8)
    assert [line for chunk in chunks for line in lines.feed(chunk)] == expected


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=10), st.integers(1, 40))
def test_the_cuts_change_nothing_and_no_line_is_longer_than_the_limit(data, cuts, limit):
    data += b"\n"
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    lines = Lines(limit)
    found = [line for start, end in pairwise(edges) for line in lines.feed(data[start:end])]
    # The limit is on the line with its CR: that it is one is not known before its LF.
    expected = [
        OVERLONG if len(line) > limit else line.removesuffix(b"\r")
        for line in data.split(b"\n")[:-1]
        if len(line) > limit or line.removesuffix(b"\r")
    ]
    assert found == expected
