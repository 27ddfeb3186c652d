"""One table of exchanges through gateway, embedded and stdio mode: the same verdicts, and the same records.

What differs is named here: HTTP has statuses and headers, a pipe has neither; records say by which way a message came.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from parity_modes import Seen, modes
from parity_table import LEGACY, MODERN, TABLE, Case

Found = dict[str, dict[str, Seen]]


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Found:
    """Every case, played once in every mode: by case, then by mode."""

    async def whole() -> Found:
        async with modes(tmp_path_factory.mktemp("parity")) as made:
            return {str(case): {name: await mode.play(case) for name, mode in made.items()} for case in TABLE}

    return asyncio.run(whole())


@pytest.mark.parametrize("case", TABLE, ids=str)
def test_all_modes_give_the_same_answers(found: Found, case: Case) -> None:
    seen = found[str(case)]
    assert seen["embedded"].answers == seen["gateway"].answers
    assert seen["stdio"].answers == seen["gateway"].answers


@pytest.mark.parametrize("case", TABLE, ids=str)
def test_all_modes_write_the_same_records(found: Found, case: Case) -> None:
    seen = found[str(case)]
    assert seen["gateway"].records
    assert seen["embedded"].records == seen["gateway"].records
    assert seen["stdio"].records == seen["gateway"].records


@pytest.mark.parametrize("case", TABLE, ids=str)
def test_and_it_is_the_verdict_of_the_table(found: Found, case: Case) -> None:
    seen = found[str(case)]["gateway"]
    if case.outcome is None:
        assert seen.answers in ([], [{}])
    elif isinstance(case.outcome, int):
        assert seen.answers[-1]["error"]["code"] == case.outcome
    else:
        assert bool(seen.answers[-1]["result"].get("isError")) is (case.outcome == "isError")
    if case.reason:
        assert seen.records[-1]["reason"] == case.reason


def test_the_table_is_long_enough_and_about_everything() -> None:
    assert len(TABLE) >= 40
    assert {case.era for case in TABLE} == {MODERN, LEGACY}
    assert len({str(case) for case in TABLE}) == len(TABLE)
