from __future__ import annotations

import json
from collections import Counter

import pytest

import parity

PASSED = Counter({("check", "Check", "SUCCESS"): 1})
WARNED = Counter({("check", "Check", "WARNING"): 1})
FAILED = Counter({("check", "Check", "FAILURE"): 1})
BETTER = next(iter(parity.BETTER))


def table(direct, through, title="servers"):
    return parity.Table(title, "1", direct, through)


def test_equal_sets_are_no_problem() -> None:
    assert table({"ping": PASSED, "old": WARNED}, {"ping": PASSED, "old": WARNED}).problems == []


def test_a_failure_is_a_problem_even_where_both_sides_fail() -> None:
    assert table({"ping": FAILED}, {"ping": FAILED}).problems == [
        "servers: ping fails directly",
        "servers: ping fails through the gateway",
    ]
    assert table(None, {"ping": FAILED}).problems == ["servers: ping fails through the gateway"]


@pytest.mark.parametrize(
    ("direct", "through"),
    [
        ({"ping": PASSED}, {"ping": WARNED}),
        ({"ping": WARNED}, {"ping": PASSED}),
        ({"ping": PASSED}, {"ping": PASSED + PASSED}),
        ({"ping": PASSED}, {"ping": Counter()}),
        ({"ping": PASSED}, {}),
        ({}, {"ping": PASSED}),
    ],
)
def test_every_difference_is_a_problem(direct, through) -> None:
    assert table(direct, through).problems


@pytest.mark.parametrize(("through", "problems"), [(PASSED, 0), (WARNED + PASSED, 1), (FAILED, 3), (Counter(), 1)])
def test_what_may_be_better_must_be_good(through, problems) -> None:
    leg, scenario = BETTER
    assert len(table({scenario: WARNED}, {scenario: through}, leg).problems) == problems


def test_what_the_harness_wrote_is_read_without_its_remarks(tmp_path) -> None:
    folder = tmp_path / "server-server-initialize-2026-11-23T07-03-49-041Z"
    folder.mkdir()
    check = {"id": "a", "name": "A", "status": "SUCCESS"}
    (folder / "checks.json").write_text(json.dumps([check, check, check | {"status": "INFO"}]))
    assert dict(parity.read(tmp_path, "server-")) == {"server-initialize": Counter({("a", "A", "SUCCESS"): 2})}


def test_the_page_tells_totals_and_reasons() -> None:
    leg, scenario = BETTER
    text = parity.page([table({scenario: WARNED}, {scenario: PASSED}, leg)])
    assert f"| {scenario} | 1 warned | 1 passed |" in text
    assert "| **1 scenarios** | **1 warned** | **1 passed** |" in text
    assert "as agreed" in text


def test_no_failure_is_expected() -> None:
    assert not parity.EXPECTED_FAILURES
