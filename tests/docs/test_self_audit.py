"""Yett audits itself: nothing is found that is not explained beside it."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Everything in which rules have something to judge; beside it, a working copy may hold what others wrote.
TARGETS = ["src", "examples", "scripts", "bench", "fuzz", "tests/config"]


def test_nothing_unexplained_is_found_in_this_project():
    command = [sys.executable, "-m", "yett", "audit", *TARGETS, "--fail-on", "info", "--output", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert [(each["rule"], each["place"]["path"], each["place"]["line"]) for each in report["findings"]] == []
    assert report["broken"] == []
    assert [note["text"] for note in report["notes"]] == []
    assert all(each["reason"] for each in report["ignored"])
