from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.config.diagnostic import COLOR, Diagnostic, InvalidConfig, as_github, as_json, as_text, in_order

SANDBX = Diagnostic(
    code="config",
    message="unknown key `sandbx`",
    file="yett.yaml",
    line=23,
    column=5,
    width=6,
    help="did you mean `sandbox`?",
    excerpt="    sandbx: { read: [/srv/docs] }",
)


def test_an_error_is_drawn_as_the_product_page_shows_it():
    assert as_text(SANDBX) == (
        "error[config]: unknown key `sandbx`\n"
        "  --> yett.yaml:23:5\n"
        "   |\n"
        "23 |     sandbx: { read: [/srv/docs] }\n"
        "   |     ^^^^^^\n"
        "   = help: did you mean `sandbox`?"
    )


def test_the_gutter_is_as_wide_as_the_line_number():
    drawn = as_text(Diagnostic(code="c", message="m", file="f", line=1234, column=1, excerpt="x", help="a\nb"))
    assert drawn == ("error[c]: m\n    --> f:1234:1\n     |\n1234 | x\n     | ^\n     = help: a\n             b")


def test_an_error_without_a_place_has_no_excerpt():
    drawn = as_text(Diagnostic(code="c", message="m", file="f", help="h"))
    assert drawn == "error[c]: m\n --> f\n  = help: h"


def test_carets_reach_to_the_end_of_the_line_where_the_value_goes_on():
    drawn = as_text(Diagnostic(code="c", message="m", file="f", line=1, column=3, width=0, excerpt="a: bcd"))
    assert drawn.splitlines()[-1] == "  |   ^^^^"


def test_a_very_long_line_is_cut_around_the_place():
    line = "x" * 5_000 + "HERE" + "y" * 5_000
    drawn = as_text(Diagnostic(code="c", message="m", file="f", line=1, column=5_001, width=4, excerpt=line))
    excerpt, carets = drawn.splitlines()[3:5]
    assert len(excerpt) < 150
    assert excerpt[carets.index("^") : carets.rindex("^") + 1] == "HERE"
    assert excerpt.startswith("1 | …")
    assert excerpt.endswith("…")


@given(st.integers(1, 400), st.integers(0, 400), st.integers(0, 400))
def test_carets_always_stand_below_the_line(column, width, length):
    excerpt = "z" * length
    drawn = as_text(Diagnostic(code="c", message="m", file="f", line=1, column=column, width=width, excerpt=excerpt))
    assert "^" in drawn.splitlines()[4]


def test_colours_surround_severity_and_carets_only():
    drawn = as_text(SANDBX, COLOR)
    assert "\x1b[1;31merror[config]\x1b[0m" in drawn
    assert "\x1b[1;31m^^^^^^\x1b[0m" in drawn
    warning = Diagnostic(severity="warning", code="c", message="m", file="f")
    assert "\x1b[1;33mwarning[c]\x1b[0m" in as_text(warning, COLOR)


def test_json_holds_everything_but_the_excerpt():
    assert as_json(SANDBX) == {
        "severity": "error",
        "code": "config",
        "message": "unknown key `sandbx`",
        "file": "yett.yaml",
        "line": 23,
        "column": 5,
        "width": 6,
        "help": "did you mean `sandbox`?",
    }


def test_github_gets_a_workflow_command():
    assert as_github(SANDBX) == (
        "::error file=yett.yaml,line=23,col=5,endColumn=11,title=yett config::"
        "unknown key `sandbx`%0Adid you mean `sandbox`?"
    )


def test_nothing_can_start_a_second_workflow_command():
    sly = Diagnostic(code="c", message="100%\r\n::error::x", file="a,b:c")
    assert as_github(sly) == "::error file=a%2Cb%3Ac,title=yett c::100%25%0D%0A::error::x"


def test_the_exception_carries_all_and_names_the_first():
    error = InvalidConfig([SANDBX])
    assert str(error) == "unknown key `sandbx`"
    assert error.where == "yett.yaml:23:5"
    assert error.diagnostics == (SANDBX,)


def test_the_order_is_that_of_the_file_and_nothing_is_said_twice():
    def at(line: int, column: int, message: str = "m") -> Diagnostic:
        return Diagnostic(code="c", message=message, file="f", line=line, column=column)

    shuffled = [at(2, 1), at(1, 9), at(1, 2, "b"), at(1, 2, "a"), at(1, 9), at(0, 0)]
    assert in_order(shuffled) == [at(0, 0), at(1, 2, "b"), at(1, 2, "a"), at(1, 9), at(2, 1)]


@pytest.mark.parametrize("text", ["", "x" * 139, "x" * 140, "x" * 141])
def test_every_length_of_line_is_drawn(text):
    drawn = as_text(Diagnostic(code="c", message="m", file="f", line=1, column=1, excerpt=text))
    assert len(drawn.splitlines()[3]) <= 4 + 140
