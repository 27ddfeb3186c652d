"""A zoo of flawed configs, manifests and catalogues: each specimen is found with exactly its flaws, by all rules.

A specimen is one file: lines `finding: SEVERITY RULE FILE:LINE`, then its files, each behind `=== NAME`. The live
servers of the zoo are in tests/auditor/live/test_probing.py.
"""

from pathlib import Path

import pytest

from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.registry import all_rules

HERE = Path(__file__).parent
SPECIMENS = sorted((HERE / "specimens").glob("*.txt"))
HARDENED = HERE / "hardened"


def caught(path):
    head, *files = path.read_text(encoding="utf-8").split("=== ")
    expected = [line.removeprefix("finding: ") for line in head.splitlines()]
    return expected, {name: content.encode() for name, content in (each.split("\n", 1) for each in files)}


def found(files):
    gathered = gather(files)
    report = judge(gathered.subjects, all_rules())
    assert not gathered.skipped
    assert not report.broken
    places = [(each.place.path, each.place.line, each.rule, each.severity.name.lower()) for each in report.findings]
    return [f"{severity} {rule} {path}:{line}" for path, line, rule, severity in sorted(places)]


@pytest.mark.parametrize("path", SPECIMENS, ids=lambda path: path.stem)
def test_a_specimen_is_found_with_exactly_its_flaws(path):
    expected, files = caught(path)
    assert expected
    assert found(files) == expected


def test_there_are_sixty_of_them():
    assert len(SPECIMENS) >= 60


def test_a_hardened_deployment_is_found_without_a_flaw():
    files = {path.relative_to(HARDENED).as_posix(): path.read_bytes() for path in HARDENED.rglob("*") if path.is_file()}
    kinds = {type(subject).__name__ for subject in gather(files).subjects}
    assert {"ClientConfig", "ServerJson", "Bundle", "Catalogue", "Approval", "Gateway"} <= kinds
    assert {"Dockerfile", "Compose", "Manifest", "Cluster", "Nginx", "Caddyfile", "Endpoint"} <= kinds
    assert found(files) == []
