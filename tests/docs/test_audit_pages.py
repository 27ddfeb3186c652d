"""Executes the tutorial of the auditor, the commands of its how-tos, and the script of the GitHub action."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
CONFIG = (
    '{"mcpServers": {"a": {"command": "npx", "args": ["-y", "a-mcp"], "env": {"B_TOKEN": "q7Rk2mZx9Lw4Tn8Pv3aB"}}}}'
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "home").mkdir()
    work = tmp_path / "work"
    work.mkdir()
    return work


def shell(command, folder, **environment):
    path = os.pathsep.join([str(folder.parent / "bin"), str(BIN), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": path, "HOME": str(folder.parent / "home"), **environment},
    )


def fits(expected, actual):
    """Whether a text is as a page shows it, where `...` stands for any lines."""
    parts = re.split(r"^\.\.\.\n", expected, flags=re.MULTILINE)
    return re.fullmatch(r"(?:.*\n)*".join(map(re.escape, parts)), actual) is not None


def test_the_tutorial_does_what_it_says(folder):
    page = (ROOT / "docs" / "tutorial" / "first-audit.md").read_text()
    commands = 0
    for fence in FENCE.finditer(page):
        if file := re.search(r"file=(\S+)", fence["info"]):
            path = folder / file[1]
            path.parent.mkdir(exist_ok=True)
            path.write_text(fence["body"])
        elif fence["info"] == "console":
            for step in re.split(r"^\$ ", fence["body"], flags=re.MULTILINE)[1:]:
                command, _, expected = step.partition("\n")
                result = shell(command, folder)
                assert fits(expected, result.stdout), f"{command}\n{result.stdout}{result.stderr}"
                commands += 1
    assert commands == 7
    assert (folder / "audit.html").read_text().startswith("<!doctype html>")


def test_a_baseline_works_as_the_page_says(folder):
    (folder / "mcp.json").write_text(CONFIG)
    (folder / "last-month.json").write_bytes(b"")
    page = (ROOT / "docs" / "how-to" / "accept-findings.md").read_text()
    first, second = FENCE.findall(page)[1:]
    baseline, audit = re.findall(r"^\$ (.*)$", first[1], re.MULTILINE)
    assert shell(baseline, folder).returncode == 1
    assert shell(audit, folder).returncode == 0
    os.replace(folder / "audit-baseline.json", folder / "last-month.json")  # noqa: PTH105
    (difference,) = re.findall(r"^\$ (.*)$", second[1], re.MULTILINE)
    assert "0 new, 0 fixed, 2 unchanged" in shell(difference, folder).stdout


def test_the_digest_of_a_target_can_be_computed_as_the_page_says(folder):
    (folder / "b").mkdir()
    (folder / "b" / "mcp.json").write_text(CONFIG)
    (folder / "a.txt").write_text("x")
    page = (ROOT / "docs" / "how-to" / "report-for-an-auditor.md").read_text()
    command = re.search(r"^ +\$ (find .*)$", page, re.MULTILINE)[1]
    report = shell("yett audit . --output json", folder).stdout
    assert yaml.safe_load(report)["targets"][0]["sha256"] == shell(command, folder).stdout.split()[0]


@pytest.fixture
def action(folder):
    """The action's script, with a `pipx` that runs the Yett under test."""
    tools = folder.parent / "bin"
    tools.mkdir()
    (tools / "pipx").write_text('#!/bin/sh\n[ "$1 $2 $3" = "run --spec /action" ] || exit 99\nshift 3\nexec "$@"\n')
    (tools / "pipx").chmod(0o755)
    (step,) = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]

    def run(**given):
        inputs = {"YETT_TARGETS": ".", "YETT_FAIL_ON": "high", "YETT_SARIF": "", "YETT_HTML": "", "YETT_BASELINE": ""}
        assert set(inputs) | {"YETT_ACTION"} == set(step["env"])
        return shell(step["run"], folder, **{**inputs, "YETT_ACTION": "/action", **given})

    return run


def test_the_action_audits_and_writes(action, folder):
    (folder / "mcp.json").write_text(CONFIG)
    result = action(YETT_SARIF="audit.sarif", YETT_HTML="audit.html")
    assert result.returncode == 1, result.stderr
    assert "2 findings (1 high, 1 medium)" in result.stdout
    assert (folder / "audit.sarif").exists()
    assert (folder / "audit.html").exists()
    assert action(YETT_FAIL_ON="never").returncode == 0


def test_no_input_of_the_action_is_a_command(action, folder):
    (folder / "mcp.json").write_text(CONFIG)
    result = action(YETT_TARGETS="mcp.json\n\n$(touch pwned); touch pwned\n--help", YETT_FAIL_ON="never")
    assert result.returncode == 2
    assert "`$(touch pwned); touch pwned` was not audited" in result.stdout
    assert "`--help` was not audited" in result.stdout
    assert not (folder / "pwned").exists()


def test_the_script_of_the_action_holds_no_expression():
    (step,) = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    assert "${{" not in step["run"]


def test_the_hooks_run_commands_that_exist(folder):
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()):
        name = {"yett-audit": ".cursor/mcp.json", "yett-validate": "yett.yaml"}[hook["id"]]
        assert re.search(hook["files"], name)
        assert not re.search(hook["files"], "package.json")
        assert shell(f"{hook['entry']} --help", folder).returncode == 0
