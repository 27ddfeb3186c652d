from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yett.wire import fields
from yett.wire.fields import LENGTH, closes, encode, repeated, split


@pytest.mark.parametrize(
    "header",
    [
        *(
            (b"x", b"a\r\nset-cookie: b"),
            (b"x", b"a\r\n\r\nHTTP/1.1 200 OK"),
            (b"x", b"a\n"),
            (b"x", b"a\r"),
            (b"x", b"\x00"),
        ),
        *(
            (b"x\r\ny", b"a"),
            (b"x: y\r\nz", b"a"),
            (b"x y", b"a"),
            (b"", b"a"),
            (b"x:", b"a"),
            (b"x", b"\xff"),
            (b"x", b"\x7f"),
        ),
    ],
)
def test_what_could_start_a_line_of_its_own_is_never_written(header):
    with pytest.raises(ValueError, match="must not be sent"):
        encode([(b"a", b"b"), header])


@given(st.lists(st.tuples(st.binary(max_size=6), st.binary(max_size=12)), max_size=4))
@settings(deadline=None)
def test_what_is_written_holds_exactly_the_headers_that_were_given(headers):
    try:
        block = encode(headers)
    except ValueError:
        return
    assert split(block) == tuple((name.lower(), value.strip(b" \t")) for name, value in headers)


def test_lines_are_taken_apart():
    block = b"Host:a\r\nX-Y: \t b  c\t \r\nEmpty:\r\nEmptyToo: \t\r\nCOLON: a:b\r\n"
    expected = ((b"host", b"a"), (b"x-y", b"b  c"), (b"empty", b""), (b"emptytoo", b""), (b"colon", b"a:b"))
    assert split(block) == expected


def test_a_repeated_name_is_found_among_those_that_matter():
    headers = [(b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"b", b"4")]
    assert repeated(headers, frozenset({b"b"})) == b"b"
    assert repeated(headers, frozenset({b"c"})) == b""


@pytest.mark.parametrize(("value", "found"), [(b"close", True), (b"a, Close", True), (b"closed", False), (b"", False)])
def test_close_is_found_as_a_member(value, found):
    assert closes([(b"x", b"close"), (b"connection", value)]) is found


@pytest.mark.parametrize(
    ("text", "good"), [(b"0", True), (b"12", True), (b"01", False), (b"", False), (b"1" * 17, False)]
)
def test_a_length_is_a_plain_number(text, good):
    assert (LENGTH.fullmatch(text) is not None) is good


def test_no_pattern_is_possessive() -> None:
    """CPython 3.11.0 to 3.11.4, Debian 12's among them, match possessive quantifiers wrongly (cpython#101955)."""
    package = Path(fields.__file__).parent.parent
    classes = re.compile(rb"\\.|\[\^?\]?(?:\\.|[^\]])*\]", re.DOTALL)
    possessive = re.compile(rb"[*+?}]\+|\(\?>")
    found = [
        (path.relative_to(package), pattern)
        for path in package.rglob("*.py")
        for pattern in _patterns(path)
        if possessive.search(classes.sub(b"x", pattern))
    ]
    assert found == []
    assert possessive.search(classes.sub(b"x", rb"([^:]++):[\t ]*+"))


def _patterns(path: Path) -> list[bytes]:
    """Every constant that is given to `re.compile`."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "compile"]
    constants = [node for call in named for node in ast.walk(call) if isinstance(node, ast.Constant)]
    return [
        node.value if isinstance(node.value, bytes) else str(node.value).encode(errors="surrogatepass")
        for node in constants
    ]
