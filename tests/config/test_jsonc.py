from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.config.jsonc import as_yaml
from yett.config.node import plain
from yett.config.report import Report
from yett.config.yaml_reader import read


def tree(text: str) -> object:
    return plain(read(text.encode(), Report("f", text)))


def test_comments_become_blanks_and_everything_keeps_its_place():
    text = '// one\n{ /* two\n  three */ "a": "http://x", // four\n  "b": 1 }\n'
    blank = as_yaml(text)
    assert [len(line) for line in blank.splitlines()] == [len(line) for line in text.splitlines()]
    assert blank.index('"b"') == text.index('"b"')
    assert tree(text) == {"a": "http://x", "b": 1}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": "// no comment"}', "// no comment"),
        ('{"a": "/* no comment */"}', "/* no comment */"),
        ('{"a": "\\" // still none"}', '" // still none'),
        ('{"a": "\\ud83d\\ude00"}', "\U0001f600"),
        ('{"a": "\\uD83D\\uDE00!"}', "\U0001f600!"),
        ('{"a": "\\\\ud83d\\\\ude00"}', "\\ud83d\\ude00"),
        ('{"a": "\\\\\\ud83d\\ude00"}', "\\\U0001f600"),
        ('{"a": "b",}', "b"),
        ('{"a": "b"// c\n}', "b"),
        ('{"a": http://x}', "http://x"),
    ],
)
def test_texts_stay_as_they_are_meant(text, value):
    assert tree(text) == {"a": value}


@pytest.mark.parametrize(
    "text",
    ["a: http://x\n", "{ a: http://x, b: 1 } // x", "a: '//'\n", "# {\n", "", "[1] // x", "{a: /*}", '{"a": http://x}'],
)
def test_what_is_no_json_is_left_alone(text):
    assert as_yaml(text) == text


@given(st.text('"\\/*ud83cDE0 \n{}:,', max_size=60).map('{"a": '.__add__))
def test_any_text_keeps_its_lines(text):
    assert len(as_yaml(text).splitlines()) == len(text.splitlines())


@given(st.dictionaries(st.text(), st.text(), min_size=1))
def test_json_means_the_same_afterwards(document):
    text = json.dumps(document)
    converted = as_yaml(text)
    assert "\\ud83d\\ude00" not in converted
    assert json.loads(text) == document
