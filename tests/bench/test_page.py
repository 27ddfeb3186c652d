from __future__ import annotations

import json

from yardstick import page
from yardstick.row import Row, compared

GOOD = compared("time", "a | b", mine=30.0, theirs=16.0, unit="µs", goal=2.0)
BAD = compared("time", "slow", mine=48.0, theirs=16.0, unit="µs", goal=2.0)
ONLY = Row(group="other", what="told", measured="not measured: no network")


def test_the_page_names_what_was_missed_and_what_failed() -> None:
    text = page.markdown([GOOD, BAD, ONLY], {"tls": "no such\nfile"}, {"Python": "CPython 3"})
    assert text == (
        "# Results of the benchmark\n\n"
        "Written by `make bench`; do not edit. [How it is measured](../docs/explanation/performance.md).\n\n"
        "**1 of 2 goals met.**\n\n"
        "- Not met: time, slow (48.0 µs beside 16.0 µs; goal ≤ 2x).\n"
        "- Not measured: tls (no such).\n\n"
        "## The machine\n\n| | |\n|---|---|\n| Python | CPython 3 |\n\n"
        "## Time\n\n| what | measured | ratio | goal | met |\n|---|---|---|---|---|\n"
        "| a \\| b | 30.0 µs beside 16.0 µs | 1.88 | ≤ 2x | yes |\n"
        "| slow | 48.0 µs beside 16.0 µs | 3.00 | ≤ 2x | **no** |\n\n"
        "## Other\n\n| what | measured | ratio | goal | met |\n|---|---|---|---|---|\n"
        "| told | not measured: no network |  |  |  |\n"
    )


def test_programs_get_the_same_rows() -> None:
    told = json.loads(page.as_json([BAD, ONLY], {"tls": "why"}, {"wrk": "4"}))
    assert told["machine"] == {"wrk": "4"}
    assert told["failures"] == {"tls": "why"}
    assert told["results"][0] == {
        "group": "time",
        "what": "slow",
        "measured": "48.0 µs beside 16.0 µs",
        "ratio": 3.0,
        "value": 3.0,
        "goal": 2.0,
        "unit": "x",
        "at_least": False,
        "met": False,
        "numbers": {"yett": 48.0, "beside": 16.0},
    }
    assert told["results"][1]["met"] is None


def test_the_line_on_the_terminal_says_when_a_goal_is_not_met() -> None:
    assert page.line(BAD).startswith("NOT MET  time: slow")
    assert page.line(GOOD).startswith("met ")
