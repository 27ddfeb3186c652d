from __future__ import annotations

import json
from pathlib import Path

import pytest

from yett.config.permitted import Permitted
from yett.config.report import Report
from yett.config.yaml_reader import read
from yett.secrets.references import Reference


def permitted(secrets: object, folder: Path = Path("/etc/yett")) -> Permitted:
    tree = {} if secrets is None else {"secrets": secrets}
    return Permitted(read(json.dumps({"a": 1, **tree}).encode(), Report("f")), folder)


def env(name: str) -> Reference:
    return Reference(kind="env", name=name, text="")


def file(name: str) -> Reference:
    return Reference(kind="file", name=name, text="")


def test_without_the_section_everything_is_permitted():
    assert permitted(None).refusal(env("ANY")) == ""
    assert permitted({}).refusal(file("/etc/passwd")) == ""
    assert permitted({"files": ["/x"]}).refusal(env("ANY")) == ""


def test_names_are_globs_over_the_whole_name():
    some = permitted({"env": ["GITHUB_*", "LEDGER_KEY"]})
    assert some.refusal(env("GITHUB_TOKEN")) == ""
    assert some.refusal(env("LEDGER_KEY")) == ""
    assert some.refusal(env("XGITHUB_TOKEN")) == "`secrets.env` does not list `XGITHUB_TOKEN`"
    assert some.refusal(env("LEDGER_KEY2"))
    assert permitted({"env": ["A.C"]}).refusal(env("ABC"))


def test_files_are_inside_the_folders(tmp_path):
    (tmp_path / "ok").mkdir()
    (tmp_path / "link").symlink_to("/etc")
    some = permitted({"files": ["ok", str(tmp_path / "link" / "ssl")]}, tmp_path)
    assert some.refusal(file("ok/token")) == ""
    assert some.refusal(file("/etc/ssl/x")) == ""
    assert some.refusal(file("ok/../token")) == "`secrets.files` does not list the folder of `ok/../token`"
    assert some.refusal(file("okay/token"))
    assert some.refusal(file("/etc/passwd"))


@pytest.mark.parametrize("wrong", [{"env": "GITHUB_*"}, {"env": None}, {"env": []}, {"env": [7]}])
def test_a_list_that_is_wrong_permits_nothing(wrong):
    assert permitted(wrong).refusal(env("GITHUB_TOKEN"))
