from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from yett.config import yaml_reader
from yett.config.diagnostic import InvalidConfig
from yett.config.node import Span, find, plain
from yett.config.report import Report
from yett.config.yaml_reader import DEPTH_LIMIT, SIZE_LIMIT, read


def tree(text: str | bytes) -> object:
    content = text.encode() if isinstance(text, str) else text
    return plain(read(content, Report("f", content.decode(errors="replace"))))


def refusal(text: str | bytes) -> str:
    with pytest.raises(InvalidConfig) as caught:
        tree(text)
    [diagnostic] = caught.value.diagnostics
    return f"{diagnostic.line}:{diagnostic.column} {diagnostic.message}"


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("TRUE", "TRUE"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("null", None),
        ("~", None),
        ("", None),
        ("NULL", None),
        ("none", "none"),
        ("0", 0),
        ("-7", -7),
        ("010", "010"),
        ("+5", "+5"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("0b11", "0b11"),
        ("1:30", "1:30"),
        ("1.5", 1.5),
        ("-0.25", -0.25),
        ("1e3", 1000.0),
        (".5", ".5"),
        ("5.", "5."),
        (".inf", ".inf"),
        ("-.INF", "-.INF"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("9" * 18, int("9" * 18)),
        ("9" * 30, "9" * 30),
        ("2026-11-23", "2026-11-23"),
        ("12:30:45", "12:30:45"),
        ("=", "="),
        ("'true'", "true"),
        ('"7"', "7"),
        ("''", ""),
        ("|-\n  a\n  b", "a\nb"),
    ],
)
def test_a_scalar_is_what_yaml_1_2_says_and_no_more(scalar, value):
    read = tree(f"a: {scalar}\n")
    assert read == {"a": value}
    assert type(read["a"]) is type(value)


def test_keys_stay_text():
    assert tree("on: 1\nyes: 2\n'1': 3\n") == {"on": 1, "yes": 2, "1": 3}


@pytest.mark.parametrize("key", ["1", "true", "null", "~", "1.5"])
def test_other_keys_must_be_quoted(key):
    assert refusal(f"a:\n  {key}: x\n") == "2:3 a key must be text"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("? [a]\n: b\n", "1:3 a key must be a single word"),
        ("? *a\n: b\n", "1:3 a value that starts with `*` is a YAML alias"),
        ("&a k: b\n", "1:1 YAML anchors are not read"),
        ("k: !!str 7\n", "1:4 YAML tags are not read"),
        ("k: ! 7\n", "1:4 YAML tags are not read"),
        ("k: !!binary aGk=\n", "1:4 YAML tags are not read"),
        ("k: !env X\n", "1:4 YAML tags are not read"),
        ("k: &a b\n", "1:4 YAML anchors are not read"),
        ("%TAG ! tag:x,2026:\n---\na: 1\n", "1:1 YAML directives are not read"),
        ("a: 1\n...\n---\nb: 2\n", "3:1 a second document"),
        ("a: 1\n---\n", "2:1 a second document"),
        ("", "1:1 the file is empty"),
        ("---\n", "1:1 the file is empty"),
        ("# only\n", "1:1 the file is empty"),
        ("text\n", "1:1 a config is a mapping of keys to values"),
        ("[1]\n", "1:1 a config is a mapping of keys to values"),
        ("a: {b: 1, b: 2}\n", "1:11 the key `b` stands here twice"),
        ('{"a": 1, "\\u0061": 2}', "1:10 the key `a` stands here twice"),
    ],
)
def test_what_is_refused(text, message):
    assert refusal(text) == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfea\x00:\x00", "1:1 not UTF-8 text"),
        (b"a: 1\nb: \xe9\n", "2:4 not UTF-8 text"),
        (b"a: \xed\xa0\x80\n", "1:4 not UTF-8 text"),
        (b"a: 1\nb: x\x00y\n", "2:5 the control character U+0000 may not stand in a config"),
        (b"a: \x1b[31m\n", "1:4 the control character U+001B may not stand in a config"),
        ("a: \x9b31m\n".encode(), "1:4 the control character U+009B may not stand in a config"),
        ("a: x\ufeff\n".encode(), "1:5 the control character U+FEFF may not stand in a config"),
        (b"a" * (SIZE_LIMIT + 1), "0:0 the file is larger than 1024 KiB"),
    ],
)
def test_bytes_that_are_no_text(content, message):
    assert refusal(content) == message


def test_a_byte_order_mark_is_passed_over():
    assert tree(b"\xef\xbb\xbfa: 1\n") == {"a": 1}


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_depth_is_bounded(opening, closing):
    within, beyond = DEPTH_LIMIT - 1, 100_000
    assert tree(f"a: {opening * within}1{closing * within}\n")
    assert refusal(f"a: {opening * beyond}").endswith("nested more than 32 levels deep")


def test_the_number_of_values_is_bounded():
    assert refusal("a: [" + "x," * 100_001 + "]").endswith("more than 100000 values")


def test_an_anchor_bomb_is_refused_at_its_first_anchor():
    bomb = "a: &a [x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert refusal(bomb) == "1:4 YAML anchors are not read"


def test_places_count_characters_from_one():
    root = read("a: 1\n\u00e4\u00f6: [x, 'y z']\n".encode(), Report("f"))
    assert find(root, ("\u00e4\u00f6",)).key == Span(2, 1, 2, 3)
    assert find(root, ("\u00e4\u00f6", 1)).node.span == Span(2, 9, 2, 14)


BASIC = st.characters(categories=["L", "N", "P", "Zs", "So"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(BASIC),
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(st.text("abcdef \u00e4", max_size=8), below, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text("xyz", min_size=1), JSON, min_size=1), st.sampled_from([None, 2, "\t"]))
def test_json_is_read_as_json(document, indent):
    for ascii_only in (True, False):
        text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
        assert tree(text) == json.loads(text)


@pytest.mark.parametrize("loader", ["SafeLoader", "CSafeLoader"])
def test_both_parsers_of_pyyaml_read_the_same(monkeypatch, loader):
    monkeypatch.setattr(yaml_reader, "_LOADER", getattr(yaml, loader))
    assert tree("a: [1, {b: 'x'}]\nc: |\n  y\n") == {"a": [1, {"b": "x"}], "c": "y\n"}
    assert refusal("a: {x: 1, x: 2}\n") == "1:11 the key `x` stands here twice"
    assert refusal("a: [*.*]\n") == "1:5 a value that starts with `*` is a YAML alias"
    assert refusal("a: 1\n\tb: 2\n").startswith("2:1 ")
    assert refusal("a: @b\n") == "1:4 a value may not start with `@`"
    assert refusal("a: 'b\n") == "1:4 a quoted text is not closed"


@given(st.text(max_size=80) | st.text("a:{}[],&*!|>'\"%@`#- \n\t\\?<", max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        tree(text.encode("utf-8", "surrogatepass"))
    except InvalidConfig as error:
        assert error.diagnostics  # noqa: PT017 - either outcome is right, silence is not
