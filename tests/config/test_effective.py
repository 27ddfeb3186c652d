from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from yett.config.effective import _scalar, as_yaml, effective

RIGHT = Path(__file__).parent / "right"


def shown(config) -> dict[str, tuple[object, str]]:
    return {".".join(map(str, v.path)): (v.value, v.origin) for v in effective(config) if not v.branch}


def test_every_value_says_where_it_comes_from(config):
    values = shown(config("listen: http://127.0.0.1:81\nlimits: { user: 10/s, tool: { rate: 5/s, burst: 9 } }\n"))
    assert values["listen.address"] == ("http://127.0.0.1:81", "yett.yaml:6")
    assert values["listen.unsafe_allow_plain_http"] == (False, "default")
    assert values["servers.demo.url"] == ("http://127.0.0.1:3001/mcp", "yett.yaml:3")
    assert values["roles.reader.allow.0"] == ("demo.echo", "yett.yaml:5")
    assert values["roles.reader.deny"] == ([], "default")
    assert values["limits.user.rate"] == ("10/s", "yett.yaml:7")
    assert values["limits.user.burst"] == (10, "default")
    assert values["limits.tool.burst"] == (9, "yett.yaml:7")
    assert values["limits.body"] == ("1MiB", "default")
    assert values["secrets.refresh"] == ("5min", "default")
    assert values["secrets.vault"] == (None, "default")
    assert values["admin"] == (None, "default")


def test_paths_are_whole(config, folder):
    assert shown(config())["auth.tokens"] == (f"{folder}/tokens.yaml", "yett.yaml:1")


def test_secrets_are_shown_as_references(config):
    text = """\
auth: { tokens: t }
servers:
  demo: { url: http://a/, headers: { Authorization: "Bearer ${env:T}", X-Team: core } }
roles: { a: { allow: [demo.x] } }
ledger: { key: "${K}" }
"""
    values = shown(config(text, T="hunter2", K="hunter2" * 8))
    assert values["servers.demo.headers.authorization"] == ("Bearer \u2039env:T\u203a", "yett.yaml:3")
    assert values["servers.demo.headers.x-team"] == ("core", "yett.yaml:3")
    assert values["ledger.key"] == ("\u2039env:K\u203a", "yett.yaml:5")
    assert "hunter2" not in as_yaml(list(effective(config(text, T="hunter2", K="hunter2" * 8))))


def test_tests_are_shown_as_they_are_written(config):
    values = shown(config("tests: [{ who: anonymous, deny: ['*.*', { demo.x: { a: [1, null] } }] }]\n"))
    assert values["tests.0.deny.0"] == ("*.*", "yett.yaml:6")
    assert values["tests.0.deny.1"] == ({"demo.x": {"a": [1, None]}}, "yett.yaml:6")


@pytest.mark.parametrize("name", ["smallest.yaml", "team.yaml", "unsafe.yaml", "vscode.json", "claude-code.json"])
def test_what_is_shown_can_be_read_again_and_means_the_same(config, name):
    environment = {"PORT": "81", "GITHUB_TOKEN": "x", "DATABASE_URI": "x"}
    original = config((RIGHT / name).read_text(), secrets=False, **environment)
    text = as_yaml(list(effective(original))).replace("\u2039", "${").replace("\u203a", "}")
    again = config(text, secrets=False, **environment)
    assert shown(again).keys() == shown(original).keys()
    assert {k: v for k, (v, _) in shown(again).items()} == {k: v for k, (v, _) in shown(original).items()}


def test_lists_of_mappings_have_their_dashes(config):
    text = as_yaml(list(effective(config("tests: [{ who: anonymous, deny: [demo.x] }]\n"))))
    start = text.index("tests:")
    assert [line.partition("  #")[0].rstrip() for line in text[start:].splitlines()[:5]] == [
        "tests:",
        "  - who: anonymous",
        "    allow: []",
        "    deny:",
        "      - demo.x",
    ]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co", "Cf", "Zl", "Zp"])))
def test_any_text_is_written_so_that_yaml_reads_it_back(text):
    assert yaml.load(f"a: {_scalar(text)}", Loader=yaml.SafeLoader) == {"a": text}


@pytest.mark.parametrize(
    "text", ["on", "No", "~", "null", "1", "1e3", "0x1F", "010", "1_000", "1:30", "-", "*", "", "a: b", "a #b"]
)
def test_text_that_looks_like_something_else_is_quoted(text):
    assert _scalar(text).startswith('"')


def test_what_stands_for_a_list_of_one_has_its_place(config):
    text = """\
url: https://mcp.acme.example
auth: { issuer: { url: https://a.example, audience: api } }
servers: { demo: http://127.0.0.1:3001/mcp }
roles: { everyone: { allow: [demo.echo] } }
"""
    [value] = [value for value in effective(config(text)) if value.path == ("auth", "issuer", "audience", 0)]
    assert (value.value, value.origin) == ("api", "yett.yaml:2")
