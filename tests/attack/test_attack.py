"""The short form of `make attack`: every case, in fewer configurations, one test a group of the catalogue."""

from __future__ import annotations

import pytest
from siege.__main__ import campaigns
from siege.cases import LETTERS
from siege.rows import every


@pytest.mark.parametrize("letter", [*LETTERS, "W"])
def test_nothing_gets_through(letter, tmp_path) -> None:
    rows = [row for row in every() if row.letter == letter]
    attempts = campaigns(rows, tmp_path, long=False)
    assert [(one.case, one.what, one.lane, one.problems) for one in attempts if one.problems] == []
    assert attempts
