from __future__ import annotations

import os
import sys
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.errors import UnsafeInput
from yett.safe import argv
from yett.safe.argv import Template


def _fill(words: list[str], **values: argv.Value | list[argv.Value]) -> list[str]:
    return Template.of(words).fill(values)


def test_a_value_is_one_argument_whatever_it_holds():
    assert _fill(["log", "{message}"], message="a b; rm -rf / $(id) `id` 'x' \"y\" | & \n") == [
        "log",
        "a b; rm -rf / $(id) `id` 'x' \"y\" | & \n",
    ]


def test_numbers_and_paths_are_values():
    assert _fill(["head", "--lines={n}", "{path}"], n=5, path=PurePath("a/b")) == ["head", "--lines=5", "a/b"]


def test_a_list_becomes_as_many_arguments():
    assert _fill(["cat", "--", "{files}"], files=["a", "b c"]) == ["cat", "--", "a", "b c"]
    assert _fill(["cat", "--", "{files}"], files=[]) == ["cat", "--"]


def test_doubled_braces_are_braces():
    assert _fill(["awk", "{{print}}", "{file}"], file="x") == ["awk", "{print}", "x"]


@pytest.mark.parametrize("value", ["-rf", "--upload-pack=touch x", "-", "-\n", "--"])
def test_a_value_that_looks_like_an_option_is_refused(value):
    with pytest.raises(UnsafeInput, match="looks like an option"):
        _fill(["git", "clone", "{url}"], url=value)
    with pytest.raises(UnsafeInput, match="looks like an option"):
        _fill(["git", "clone", "{urls}"], urls=["a", value])


def test_an_option_put_together_from_two_values_is_refused():
    with pytest.raises(UnsafeInput, match="looks like an option"):
        _fill(["git", "clone", "{a}{b}"], a="", b="--upload-pack=x")


def test_behind_the_separator_a_dash_is_a_name_but_not_alone():
    assert _fill(["cat", "--", "{file}"], file="-n") == ["cat", "--", "-n"]
    with pytest.raises(UnsafeInput):  # standard input, to most programs
        _fill(["cat", "--", "{file}"], file="-")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a\x00b", "NUL"),
        ("\ud800", "cannot be passed"),
        ("x" * (argv.ARGUMENT_BYTES + 1), "longer than"),
    ],
)
def test_what_cannot_be_an_argument_is_refused(value, words):
    with pytest.raises(UnsafeInput, match=words):
        _fill(["echo", "{x}"], x=value)


def test_a_list_is_bounded():
    with pytest.raises(UnsafeInput, match="more than"):
        _fill(["echo", "{x}"], x=["a"] * (argv.VALUES + 1))


@pytest.mark.parametrize("value", [True, None, b"bytes", {"a": 1}, [["nested"]]])
def test_what_is_neither_text_nor_number_nor_path_is_a_mistake_of_the_author(value):
    with pytest.raises(TypeError):
        _fill(["echo", "{x}"], x=value)


def test_a_list_within_an_argument_is_a_mistake_of_the_author():
    with pytest.raises(TypeError):
        _fill(["echo", "--x={x}"], x=["a", "b"])


@pytest.mark.parametrize("values", [{}, {"x": "1", "y": "2"}, {"y": "1"}])
def test_missing_and_unknown_parameters_are_a_mistake_of_the_author(values):
    with pytest.raises(TypeError, match="other parameters"):
        Template.of(["echo", "{x}"]).fill(values)


@pytest.mark.parametrize(
    "words",
    [
        [],
        [""],
        ["{program}"],
        ["/bin/{program}"],
        ["git", "-{option}"],
        ["git", "--{option}"],
        ["git", "--up{option}=x"],
        ["git", "-ab{option}"],
        ["git", "{a.b}"],
        ["git", "{a!r}"],
        ["git", "{0}"],
        ["git", "{"],
        ["git", "}"],
        ["git", "{}"],
        ["git", "a\x00b"],
        ["sh", "-c", "echo {x}"],
        ["bash", "-lc", "{x}"],
        ["/bin/sh", "-c", "--", "{x}"],
        ["env", "sh", "-c", "{x}"],
        ["python3.11", "-c", "{x}"],
        ["node", "--eval", "{x}"],
        ["perl", "-E", "{x}"],
        ["C:\\Windows\\cmd.exe", "/C", "{x}"],
    ],
)
def test_a_template_that_could_never_be_safe_is_refused_when_it_is_made(words):
    with pytest.raises(ValueError):
        Template.of(words)


def test_a_line_is_no_template():
    with pytest.raises(ValueError, match="list of words"):
        Template.of("git log {path}")


@pytest.mark.parametrize("words", [["python", "tool.py", "{x}"], ["sh", "script.sh", "{x}"], ["make", "-j{n}"]])
def test_programs_whose_values_are_no_code_are_fine(words):
    assert len(Template.of(words).words) == len(words)


def test_on_windows_a_slash_begins_an_option_too(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(UnsafeInput, match="looks like an option"):
        _fill(["find", "{x}"], x="/c")


@given(st.lists(st.text(), max_size=4), st.booleans())
def test_whatever_the_values_the_words_of_the_author_stay_and_no_option_appears(values, separated):
    words = ["tool", "--flag", *(["--"] if separated else []), "{values}"]
    try:
        filled = _fill(words, values=values)
    except UnsafeInput:
        return
    fixed = words[:-1]
    assert filled == [*fixed, *values]
    for value in filled[len(fixed) :]:
        assert "\x00" not in value
        assert value != "-"
        assert separated or not value.startswith("-")
        os.fsencode(value)


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_a_template_is_read_or_refused_and_nothing_else(words):
    try:
        template = Template.of(words)
    except ValueError:
        return
    assert not template.words[0].names
