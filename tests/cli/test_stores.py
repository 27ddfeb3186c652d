from __future__ import annotations

from pathlib import Path

from yett.cli.stores import read_secrets
from yett.config.load import parse

TEXT = """\
auth: { tokens: t }
servers:
  web: { url: http://a/, headers: { X-Key: "${sops:none.yaml#a}", X-Team: "${TEAM}" } }
roles: { a: { allow: [web.x] } }
"""


def read(text: str) -> list[tuple[str, str]]:
    return read_secrets(parse(text.encode(), Path("/nowhere/yett.yaml"), environment={"TEAM": "core"}))


def test_what_cannot_be_read_is_told_with_its_place(capfd):
    (found,) = read(TEXT)
    assert found[0] == "/nowhere/yett.yaml:3:37"
    assert found[1].endswith("is not to be had: no such file: `/nowhere/none.yaml`")
    assert capfd.readouterr() == ("", "")


def test_a_store_that_cannot_be_asked_at_all_is_one_problem(monkeypatch):
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    (found,) = read(TEXT.replace("${sops:none.yaml#a}", "${k8s:a/b#c}"))
    assert "within a cluster only" in found[1]


def test_where_all_can_be_read_there_is_nothing_to_say():
    assert read(TEXT.replace("${sops:none.yaml#a}", "${TEAM}")) == []
