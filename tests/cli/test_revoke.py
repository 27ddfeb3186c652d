from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from yett.cli.revoke import command

CONFIG = """\
listen: http://127.0.0.1:8080
auth: { tokens: tokens.yaml%s }
servers: { demo: 'http://127.0.0.1:3001/mcp' }
roles: { reader: { members: ['user:alice'], allow: ['demo.echo'] } }
"""


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def revoked(tmp_path):
    return tmp_path / "revoked.jsonl"


def test_who_is_revoked_is_in_the_file_until_it_is_undone(revoked):
    told = run("user:alice", "--issuer", "https://idp", "--note", "left", "--revoked", revoked)
    assert (told.exit_code, told.stdout) == (0, "revoked user:alice\n")
    line = json.loads(revoked.read_text())
    assert line.pop("since")
    assert line == {"revoke": "user:alice", "issuer": "https://idp", "note": "left"}
    assert run("--list", "--revoked", revoked).stdout == "user:alice of https://idp  left\n"
    assert run("user:alice", "--undo", "--revoked", revoked).stdout == "user:alice may come in again\n"
    assert revoked.read_text() == ""


def test_a_revocation_may_end_by_itself(revoked):
    told = run("client:ci", "--for", "12h", "--revoked", revoked)
    assert told.stdout.startswith("revoked client:ci until 20")
    [row] = json.loads(run("--list", "--output", "json", "--revoked", revoked).stdout)
    assert (row["revoke"], row["over"]) == ("client:ci", False)


def test_the_config_names_the_file(tmp_path):
    (tmp_path / "yett.yaml").write_text(CONFIG % ", revoked: out/revoked.jsonl")
    (tmp_path / "out").mkdir()
    assert run("token:j1", "-c", tmp_path / "yett.yaml").exit_code == 0
    assert (tmp_path / "out" / "revoked.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_config_without_the_file_says_what_to_add(tmp_path):
    (tmp_path / "yett.yaml").write_text(CONFIG % "")
    told = run("user:alice", "-c", tmp_path / "yett.yaml")
    assert told.exit_code == 2
    assert "has no `auth.revoked`: add `revoked: revoked.jsonl` to `auth`, and reload" in told.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("alice",), "`alice` names nobody: write `user:...`, `client:...`, `token:...`, `session:...`"),
        (("role:admin",), "`role:admin` names nobody"),
        ((), "nobody is named: `yett revoke user:alice`, or `yett revoke --list`"),
        (("user:alice", "--undo"), "`user:alice` is not revoked in"),
        (("user:alice", "--for", "soon"), "`--for soon` is no lifetime"),
        (("user:alice", "--note", "a\nb"), "a note has at most"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(revoked, arguments, says):
    told = run(*arguments, "--revoked", revoked)
    assert told.exit_code == 2
    assert says in told.stderr
    assert not revoked.exists()


def test_a_file_that_others_can_write_is_not_used(revoked):
    revoked.write_text("")
    revoked.chmod(0o666)
    told = run("user:alice", "--revoked", revoked)
    assert told.exit_code == 2
    assert "run `chmod 600` on it" in told.stderr
