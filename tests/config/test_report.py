from __future__ import annotations

import pytest

from yett.config.diagnostic import InvalidConfig
from yett.config.node import Place, Span
from yett.config.report import Report

TEXT = "a: one\nb: { key: hunter2, c: 3 }\nd: |\n  first\n  second\ne: 1\n"


def test_findings_carry_their_line():
    report = Report("f", TEXT)
    report.error("m", Span(2, 1, 2, 2), help="h")
    [found] = report.diagnostics()
    assert (found.excerpt, found.line, found.column, found.width, found.help) == (TEXT.splitlines()[1], 2, 1, 1, "h")


def test_only_errors_make_it_fail():
    report = Report("f", TEXT)
    report.warning("m", None, code="w")
    report.raise_if_failed()
    assert not report.failed
    report.error("m", None)
    with pytest.raises(InvalidConfig):
        report.raise_if_failed()


def test_a_blotted_stretch_never_shows_and_keeps_its_width():
    report = Report("f", TEXT)
    report.error("m", Span(2, 21, 2, 22))
    report.blot(Span(2, 11, 2, 18))
    [found] = report.diagnostics()
    assert found.excerpt == "b: { key: *******, c: 3 }"


def test_a_blot_over_several_lines_covers_all_of_them():
    report = Report("f", TEXT)
    report.blot(Span(3, 4, 6, 1))
    assert [report.excerpt(line) for line in (3, 4, 5, 6)] == ["d: *", "*******", "********", "e: 1"]


def test_what_could_draw_on_a_terminal_is_replaced():
    report = Report("f", "a\tb\x1b[31m\x9b\u202e")
    assert report.excerpt(1) == "a b\ufffd[31m\ufffd\ufffd"
    report.error("x\x1b[31m\n", None)
    assert report.diagnostics()[0].message == "x\ufffd[31m\ufffd"


def test_a_line_that_does_not_exist_is_empty():
    report = Report("f", TEXT)
    assert report.excerpt(0) == ""
    assert report.excerpt(99) == ""


def test_a_part_of_a_value_is_found_inside_it():
    report = Report("f", "k: x ${A} ${A}\n")
    value = Span(1, 4, 1, 15)
    assert report.within(value, "${A}") == Span(1, 6, 1, 10)
    assert report.within(value, "${B}") == value
    assert report.within(value, "") == value
    assert report.within(Span(1, 7, 1, 8), "${A}") == Span(1, 7, 1, 8)


def test_it_knows_where_something_is_wrong_already():
    report = Report("f", TEXT)
    report.error("m", Span(2, 5, 2, 6))
    report.warning("w", Span(1, 1, 1, 2), code="w")
    assert report.failed_within(Span(2, 1, 2, 9))
    assert not report.failed_within(Span(2, 6, 2, 9))
    assert not report.failed_within(Span(1, 1, 1, 9))


def test_places_carry_the_file():
    assert Report("f").place(Span(3, 4, 3, 5)) == Place("f", 3, 4)
