from __future__ import annotations

import sys

import pytest

import lint


def test_a_check_that_holds_passes_quietly(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.passed(lint.Check("one", (sys.executable, "-c", "print('noise')")))
    assert capsys.readouterr().out.startswith("ok   one (")


def test_a_check_that_fails_shows_what_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert not lint.passed(lint.Check("two", (sys.executable, "-c", "import sys; sys.exit('the reason')")))
    out = capsys.readouterr().out
    assert out.startswith("FAIL two (")
    assert out.endswith("the reason\n")


def test_generated_pages_are_checked_before_the_links_between_them() -> None:
    names = [check.name for check in lint.checks()]
    assert names.index("generate_reasons") < names.index("generate_index") < names.index("docs")
