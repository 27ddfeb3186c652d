import json

import pytest

from yett.auditor.registry import all_rules
from yett.cli.main import run
from yett.cli.rule import _page


def ended(*arguments):
    with pytest.raises(SystemExit) as caught:
        run(["rule", *arguments])
    return caught.value.code


def test_every_rule_is_listed(capsys):
    assert run(["rule"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == [rule.id for rule in all_rules()]
    assert run(["rule", "--output", "json"]) == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)] == listed


def test_a_page_is_printed(capsys):
    assert ended("secret-in-client-config") == 0
    assert capsys.readouterr().out.startswith("# Rule `secret-in-client-config`")
    assert ended("secret-in-client-config", "--output", "json") == 0
    assert json.loads(capsys.readouterr().out)["cwe"] == 798


def test_an_unknown_rule_is_told_the_nearest(capsys):
    assert ended("secret-in-cleint-config") == 2
    assert "did you mean `secret-in-client-config`?" in capsys.readouterr().err
    assert ended("xyzzy") == 2
    assert "`yett rule` lists them" in capsys.readouterr().err


def test_a_rule_without_its_page_says_what_it_knows(monkeypatch, tmp_path):
    monkeypatch.setattr("yett.cli.rule.files", lambda _: tmp_path / "src" / "yett")
    rule = next(each for each in all_rules() if each.id == "secret-in-client-config")
    assert rule.why in _page(rule)
    assert rule.fix in _page(rule)
