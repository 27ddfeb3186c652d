from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest

from yett.cli.main import run

CONFIG = """\
auth: { tokens: tokens.yaml }
servers: { demo: http://127.0.0.1:3001/mcp }
roles:
  everyone: { allow: [demo.ping] }
  engineer: { members: ["group:/eng"], allow: ["demo.*"], deny: [demo.delete_all] }
tests:
  - { who: "group:/eng", allow: [demo.write], deny: [demo.delete_all] }
"""
FAILING = CONFIG + "  - { who: everyone, deny: [demo.ping] }\n"


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("YETT_CONFIG", raising=False)

    def ask(text: str, *arguments: str) -> tuple[int, str, str]:
        (tmp_path / "yett.yaml").write_text(text)
        try:
            code = run(["test", *arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return code, re.sub(r"\(\d+ µs\)", "(N µs)", out), err

    return ask


def test_passing_tests_are_shown_with_what_decided(check):
    assert check(CONFIG) == (
        0,
        (
            "PASS group:/eng may call demo.write           roles.engineer.allow[0]  (N µs)\n"
            "PASS group:/eng may not call demo.delete_all  roles.engineer.deny[0]  (N µs)\n"
            "2/2 passed\n"
        ),
        "",
    )


def test_a_failing_test_names_the_rule_and_its_place(check):
    code, out, _ = check(FAILING)
    assert code == 1
    assert out.endswith(
        "FAIL everyone may not call demo.ping          allowed by roles.everyone.allow[0]  yett.yaml:4:23\n2/3 passed\n"
    )


def test_quiet_shows_failures_only(check):
    assert check(CONFIG, "-q") == (0, "", "")
    assert [line[:4] for line in check(FAILING, "-q")[1].splitlines()] == ["FAIL", "2/3 "]


def test_a_config_without_tests_says_so(check):
    code, out, _ = check(CONFIG.partition("tests:")[0])
    assert (code, out) == (0, "0/0 passed: `yett.yaml` has no tests; add `tests:` to say what the roles must mean\n")


def test_json_holds_every_result(check):
    code, out, _ = check(FAILING, "--output", "json")
    results = json.loads(out)
    assert code == 1
    assert [result["passed"] for result in results] == [True, True, False]
    assert results[2]["problem"] == "allowed by roles.everyone.allow[0]  yett.yaml:4:23"
    assert results[2]["where"] == "yett.yaml:8:29"


def test_junit_is_xml_that_counts(check):
    code, out, _ = check(FAILING.replace("demo.ping]", '"demo.prompt:<&\\">"]'), "--output", "junit")
    suite = ET.fromstring(out)  # noqa: S314 - our own output
    assert code == 1
    assert suite.attrib == {"name": "yett.yaml", "tests": "3", "failures": "1"}
    assert suite[2].attrib["name"] == 'everyone may not get demo.prompt:<&">'
    assert suite[2][0].attrib["message"].startswith("allowed by roles.everyone.allow[0]")


def test_colour_is_used_when_asked_for(check):
    out = check(FAILING, "--color", "always")[1]
    assert out.startswith("\x1b[32mPASS\x1b[0m ")
    assert "\x1b[31mFAIL\x1b[0m " in out


def test_a_config_that_cannot_be_used_fails_as_everywhere(check):
    code, out, err = check(CONFIG.replace("roles:", "rols:"))
    assert (code, out) == (2, "")
    assert "rols" in err
