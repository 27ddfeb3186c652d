from __future__ import annotations

import json

import pytest

from yett.cli.main import run

CONFIG = """\
auth: { tokens: tokens.yaml }
servers: { demo: { url: http://a/mcp, headers: { Authorization: "Bearer ${env:NOT_SET_ANYWHERE}" } } }
roles: { reader: { allow: [demo.echo] } }
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("YETT_CONFIG", raising=False)
    (tmp_path / "yett.yaml").write_text(CONFIG)
    return tmp_path


def test_everything_is_shown_with_its_origin_and_without_secrets(folder, capsys):
    assert run(["show"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert f"tokens: {folder}/tokens.yaml # yett.yaml:1" in lines
    assert 'authorization: "Bearer \u2039env:NOT_SET_ANYWHERE\u203a" # yett.yaml:2' in lines
    assert "- demo.echo # yett.yaml:3" in lines
    assert "body: 1MiB # default" in lines
    assert "# admin: not set" in lines


def test_json_holds_paths_values_and_origins(capsys):
    assert run(["show", "--output", "json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert {"path": ["roles", "reader", "allow", 0], "value": "demo.echo", "origin": "yett.yaml:3"} in values
    assert {"path": ["limits", "concurrency"], "value": 100, "origin": "default"} in values


def test_a_wrong_config_is_not_shown(folder, capsys):
    (folder / "yett.yaml").write_text("a: 1\n")
    with pytest.raises(SystemExit) as caught:
        run(["show"])
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "unknown key `a`" in err


def test_versions_are_asked_for_and_what_is_not_to_be_had_is_a_warning(folder, capsys):
    text = CONFIG.replace("${env:NOT_SET_ANYWHERE}", "${sops:none.yaml#a}")
    (folder / "yett.yaml").write_text(text)
    assert run(["show", "--versions"]) == 0
    said = capsys.readouterr()
    assert "\u2039sops:none.yaml#a\u203a" in said.out
    assert said.err.startswith("warning: ")
    assert "yett.yaml:2:50: the secret" in said.err
