from __future__ import annotations

import json

import pytest

from yett.cli.main import run

CONFIG = """\
auth: { tokens: tokens.yaml }
servers: { demo: http://127.0.0.1:3001/mcp }
roles:
  everyone: { allow: [demo.ping] }
  reader: { members: [user:alice, "group:/eng"], allow: [demo.echo, "demo.resource:demo://note/*"] }
  engineer: { include: [reader], allow: ["demo.*"], deny: [demo.delete_all] }
"""


@pytest.fixture
def explain(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("YETT_CONFIG", raising=False)
    (tmp_path / "yett.yaml").write_text(CONFIG)

    def ask(*arguments: str) -> tuple[int, str, str]:
        try:
            code = run(["explain", *arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        return (code, *capsys.readouterr())

    return ask


def test_what_is_allowed_names_role_rule_and_place(explain):
    assert explain("alice", "demo.echo") == (
        0,
        (
            "ALLOWED  alice may call demo.echo\n"
            "  roles    reader (user:alice, yett.yaml:5:23)\n"
            "           everyone\n"
            "  because  roles.reader.allow[0]  demo.echo  yett.yaml:5:58\n"
        ),
        "",
    )


def test_what_is_denied_by_a_rule_names_it(explain):
    assert explain("eve", "demo.delete_all", "--role", "engineer") == (
        1,
        (
            "DENIED  eve may not call demo.delete_all\n"
            "  roles    engineer (token)\n"
            "           everyone\n"
            "  because  roles.engineer.deny[0]  demo.delete_all  yett.yaml:6:60\n"
            "  needed   remove or narrow what denies it: deny wins over every allow\n"
        ),
        "",
    )


def test_what_nothing_allows_names_who_could(explain):
    code, out, _ = explain("alice", "demo.write")
    assert code == 1
    assert "  because  nothing allows it\n" in out
    assert "  needed   the role engineer: roles.engineer.allow[0]  demo.*  yett.yaml:6:42\n" in out
    assert "  needed   a line `demo.prompt:p` under `allow`" in explain("alice", "demo.prompt:p")[1]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("user:alice", "demo.echo"), 0, "user:alice may call"),
        (("group:/eng", "demo.echo"), 0, "reader (group:/eng, yett.yaml:5:35)"),
        (("everyone", "demo.ping"), 0, "roles.everyone.allow[0]"),
        (("anonymous", "demo.ping"), 1, "a token: callers without one have no role"),
        (("role:engineer", "demo.write"), 0, "roles.engineer.allow[0]"),
        (("role:chef", "demo.write"), 1, "nothing allows it"),
        (("alice", "demo.resource:demo://note/1"), 0, "alice may read demo.resource:demo://note/1"),
        (("alice", "demo.resource:demo://other/1"), 1, "may not read"),
    ],
)
def test_anybody_and_anything_can_be_asked_about(explain, arguments, code, said):
    exit_code, out, _ = explain(*arguments)
    assert exit_code == code
    assert said in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("alice", "demo.*"), "`demo.*` names more than one thing: ask about one"),
        (("alice", "echo"), "`echo` names no tool: write `server.tool`"),
        (("alice", "dmo.echo"), "no server is called `dmo`: did you mean `demo`?"),
        (("alice", "demo.echo", "--role", "enginer"), "no role is called `enginer`: did you mean `engineer`?"),
        (("grop:x", "demo.echo"), "unknown member kind `grop:`: did you mean `group`?"),
        (("alice", "demo.resource:FILE:///x"), "is not the canonical form of a URI: write `file:///x`"),
        (("alice", "demo.resource:file:///a/%2fb"), "is not the canonical form of a URI, and has none"),
    ],
)
def test_a_question_without_sense_says_why(explain, arguments, said):
    code, out, err = explain(*arguments)
    assert (code, out) == (2, "")
    assert said in err


def test_json_holds_the_whole_answer(explain):
    code, out, _ = explain("alice", "demo.write", "--output", "json")
    answer = json.loads(out)
    assert code == 1
    assert (answer["allowed"], answer["grants"]) == (False, [])
    assert answer["roles"][0] == {"role": "reader", "via": "user:alice", "where": "yett.yaml:5:23"}
    assert [grant["index"] for grant in answer["allowed_by_others"]] == ["roles.engineer.allow[0]"]


def test_colour_is_used_when_asked_for(explain):
    assert explain("alice", "demo.echo", "--color", "always")[1].startswith("\x1b[32mALLOWED\x1b[0m")


def test_strangers_who_are_let_in_are_everyone(explain, tmp_path):
    text = CONFIG.replace("tokens: tokens.yaml", "unsafe_allow_anonymous: true")
    (tmp_path / "yett.yaml").write_text(text)
    assert explain("anonymous", "demo.ping")[0] == 0
    assert explain("anonymous", "demo.echo")[0] == 1
