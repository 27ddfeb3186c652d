from __future__ import annotations

import json
from pathlib import Path

import pytest

from generate_readme import ATTACK, CONFORMANCE, ROOT, SPEED, TABLES, ResultsError, renewed

README = "# Yett\n\n<!-- results: {name} -->\nold\n<!-- end -->\n\nthe rest\n"
ATTACK_PAGE = """\
# Attack results

| group | cases | run | variants | attempts | passed | bypassed | not yet |
|---|--:|--:|--:|--:|--:|--:|--:|
| H HTTP | 42 | 41 | 436 | 1245 | 1245 | 0 | 1 |
| all | 42 | 41 | 436 | 1245 | 1245 | 0 | 1 |

| case | what |
|---|---|
| H-01 | x |
"""
CONFORMANCE_PAGE = """\
# Conformance results

## Servers, 2025-11-25

| scenario | directly | through Yett |
| --- | --- | --- |
| ping | 2 passed | 2 passed |
| **1 scenarios** | **2 passed** | **2 passed** |

## Checks that differ

None.
"""
RESULT = {
    "group": "CPU",
    "what": "plain",
    "measured": "30 us beside 16 us",
    "ratio": 1.9,
    "value": 1.9,
    "goal": 2.0,
    "unit": "x",
    "at_least": False,
    "met": True,
    "numbers": {},
}


def made(root: Path, name: str) -> str:
    return renewed(root, README.format(name=name))


def put(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


@pytest.mark.parametrize(
    ("name", "command"), [("attack", "attack"), ("conformance", "conformance"), ("speed", "bench")]
)
def test_what_was_never_measured_is_said_in_a_sentence(tmp_path, name, command) -> None:
    wanted = f"<!-- results: {name} -->\nNot measured yet: `make {command}` does.\n<!-- end -->\n\nthe rest\n"
    assert made(tmp_path, name).endswith(wanted)


def test_the_attack_table_is_that_of_the_groups(tmp_path) -> None:
    put(tmp_path, ATTACK, ATTACK_PAGE)
    assert made(tmp_path, "attack").splitlines()[2:7] == [
        "<!-- results: attack -->",
        "| group | cases | run | attempts | bypassed | not yet |",
        "|---|--:|--:|--:|--:|--:|",
        "| H HTTP | 42 | 41 | 1245 | 0 | 1 |",
        "| all | 42 | 41 | 1245 | 0 | 1 |",
    ]


def test_the_conformance_table_has_the_sums(tmp_path) -> None:
    put(tmp_path, CONFORMANCE, CONFORMANCE_PAGE)
    assert made(tmp_path, "conformance").splitlines()[3:6] == [
        "| suite | scenarios | directly | through Yett |",
        "|---|---|---|---|",
        "| Servers, 2025-11-25 | 1 | 2 passed | 2 passed |",
    ]


def test_the_speed_table_has_every_goal_met_or_not_and_what_could_not_be_measured(tmp_path) -> None:
    missed = {**RESULT, "what": "start", "ratio": None, "unit": " ms", "goal": 400, "met": False, "at_least": True}
    aside = {**RESULT, "goal": None, "met": None}
    document = {"machine": {}, "failures": {"tls": "no nginx\nhere"}, "results": [RESULT, missed, aside]}
    put(tmp_path, SPEED, json.dumps(document))
    assert made(tmp_path, "speed").splitlines()[3:8] == [
        "| what | measured | goal | met |",
        "|---|---|---|---|",
        "| CPU: plain | 1.90x: 30 us beside 16 us | at most 2x | yes |",
        "| CPU: start | 30 us beside 16 us | at least 400 ms | **no** |",
        "| tls | not measured |  | no nginx |",
    ]


@pytest.mark.parametrize(
    ("name", "path", "text"),
    [
        ("attack", ATTACK, ""),
        ("attack", ATTACK, "# Attack results\n\n| case |\n|---|\n| x |\n"),
        ("conformance", CONFORMANCE, "# Conformance results\n"),
        ("speed", SPEED, "{"),
        ("speed", SPEED, "[]"),
        ("speed", SPEED, '{"results": [{}], "failures": {}}'),
    ],
)
def test_results_that_are_none_are_an_error_with_the_command_that_makes_them(tmp_path, name, path, text) -> None:
    put(tmp_path, path, text)
    with pytest.raises(ResultsError, match="run `make "):
        made(tmp_path, name)


def test_results_that_nobody_makes_are_an_error(tmp_path) -> None:
    with pytest.raises(ResultsError, match="no results `beauty`"):
        made(tmp_path, "beauty")


def test_the_readme_has_all_three_and_a_renewed_one_stays_as_it_is() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in TABLES if f"<!-- results: {name} -->" not in text] == []
    assert renewed(ROOT, renewed(ROOT, text)) == renewed(ROOT, text)
