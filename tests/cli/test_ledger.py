import asyncio
import json
import os
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from yett import __version__
from yett.cli.ledger import command
from yett.core.exchange import Channel, Entrance, Exchange, Principal
from yett.core.message import Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.ledger.folder import segment_names
from yett.ledger.ledger import Ledger
from yett.ledger.mac import key_id

KEY = b"k" * 32
DENY = Deny(reason=Reason(code="access.denied", kind=Kind.HIDDEN, public="no"), detail="roles.engineer.deny[0]")


def exchange(number, name):
    return Exchange(
        id=f"e{number}",
        received_at=0.0,
        channel=Channel(entrance=Entrance.GATEWAY, peer="10.0.0.7"),
        server="github",
        request=Request(id=number, method="tools/call", params={"name": name, "arguments": {"owner": "acme"}}),
        principal=Principal(issuer="yett", subject="alice"),
    )


def written(path, *, key=b"", name="delete_repository"):
    """A ledger with an allowed, a refused and an unfinished call."""

    async def life():
        ledger = await Ledger.open(path, key=key, clock=lambda: 1_795_435_269.0)
        await ledger.intent(exchange(1, "get_issue"), ())
        ledger.outcome(exchange(1, "get_issue"), status="allowed", duration=0.143)
        await ledger.refusal(exchange(2, name), DENY)
        await ledger.intent(exchange(3, "slow"), ())
        await ledger.close()

    asyncio.run(life())
    return path


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_a_whole_ledger_is_exit_0(tmp_path):
    result = run("verify", written(tmp_path / "l"))
    assert result.exit_code == 0
    assert result.stdout.startswith("ledger whole: 7 records in 1 segment\n  head 7:")
    assert "the key lies beside the records" in result.stdout


def test_a_damaged_ledger_is_exit_1_and_names_the_record(tmp_path):
    path = written(tmp_path / "l")
    file = path / segment_names(path)[0]
    file.write_bytes(file.read_bytes().replace(b"get_issue", b"get_tissu"))
    result = run("verify", path)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"ledger DAMAGED: {file.name} line 3, record 3\n  the record was edited")
    result = run("verify", path, "--output", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["problem"]["sequence"] == 3


def test_nothing_to_check_is_exit_2(tmp_path):
    for path in (tmp_path / "missing", tmp_path):
        result = run("verify", path)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "there is no ledger" in result.stderr
    assert json.loads(run("verify", tmp_path, "--output", "json").stderr)["exit"] == 2


def test_a_key_from_elsewhere_is_asked_for_and_used(tmp_path):
    path = written(tmp_path / "l", key=KEY)
    (tmp_path / "key").write_bytes(KEY + b"\n")
    assert "--key-file" in run("verify", path).stderr
    result = run("verify", path, "--key-file", tmp_path / "key")
    assert result.exit_code == 0
    assert "beside" not in result.stdout


def test_a_config_names_the_ledger_and_its_key(tmp_path):
    written(tmp_path / "l", key=KEY)
    (tmp_path / "key").write_bytes(KEY)
    (tmp_path / "key").chmod(0o600)
    config = tmp_path / "yett.yaml"
    config.write_text(
        "listen: http://127.0.0.1:8080\n"
        "auth: { tokens: tokens.yaml }\n"
        "servers: { demo: 'http://127.0.0.1:3001/mcp' }\n"
        "roles: { reader: { members: ['user:alice'], allow: ['demo.echo'] } }\n"
        "ledger: { path: l, key: '${file:key}' }\n"
    )
    result = run("verify", "-c", config)
    assert (result.exit_code, result.stdout[:12]) == (0, "ledger whole"), result.output
    assert "get_issue" in run("tail", "-c", config).stdout


def test_a_changed_key_is_told_and_verified_with_both(tmp_path):
    new = b"n" * 32

    async def change() -> None:
        ledger = await Ledger.open(tmp_path / "l", key=KEY)
        await ledger.change_key(new)
        await ledger.close()

    asyncio.run(change())
    for name, key in (("old", KEY), ("new", new)):
        (tmp_path / name).write_bytes(key)
    result = run("verify", tmp_path / "l", "--key-file", tmp_path / "new", "--old-key-file", tmp_path / "old")
    assert (result.exit_code, "which says so itself" in result.stdout) == (0, True), result.output
    for wrong in (("--key-file", "new"), ("--key-file", "old", "--old-key-file", "new")):
        given = [tmp_path / word if not word.startswith("-") else word for word in wrong]
        assert run("verify", tmp_path / "l", *given).exit_code == 1
    assert f"KEY    {key_id(KEY)} handed over to {key_id(new)}" in run("tail", tmp_path / "l").stdout


def test_an_anchor_shows_that_the_end_was_cut_off(tmp_path):
    path = written(tmp_path / "l")
    head = json.loads(run("verify", path, "--output", "json").stdout)["head"]
    anchor = f"{head['sequence']}:{head['hash']}"
    assert run("verify", path, "--anchor", anchor).exit_code == 0
    file = path / segment_names(path)[0]
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    assert run("verify", path).exit_code == 0
    result = run("verify", path, "--anchor", anchor)
    assert (result.exit_code, "cut off" in result.stdout) == (1, True)


@pytest.mark.parametrize("anchor", ["", "7", ":", "x:y", "\u0663:aa"])
def test_a_malformed_anchor_is_a_usage_error(tmp_path, anchor):
    assert run("verify", written(tmp_path / "l"), "--anchor", anchor).exit_code == 2


def test_tail_prints_one_line_per_exchange(tmp_path):
    result = run("tail", written(tmp_path / "l"))
    assert [line.split()[:4] for line in result.stdout.splitlines()] == [
        ["12:01:09", "start", "version=" + __version__, "durability=write"],
        ["12:01:09", "allow", "alice", "github.get_issue"],
        ["12:01:09", "DENY", "alice", "github.delete_repository"],
        ["12:01:09", "stop"],
        ["12:01:09", "open", "alice", "github.slow"],
    ]
    assert "{owner}  143 ms" in result.stdout
    assert "access.denied  roles.engineer.deny[0]" in result.stdout


def test_tail_prints_as_many_lines_as_asked(tmp_path):
    path = written(tmp_path / "l")
    assert len(run("tail", path, "-n", "1", "--output", "json").stdout.splitlines()) == 1
    assert run("tail", path, "-n", "0").stdout == ""


def test_tail_as_json_gives_the_records(tmp_path):
    kinds = [
        json.loads(line)["kind"]
        for line in run("tail", written(tmp_path / "l"), "--output", "json").stdout.splitlines()
    ]
    assert kinds == ["segment", "event", "intent", "outcome", "refusal", "intent", "event"]


def test_a_hostile_ledger_cannot_speak_to_the_terminal(tmp_path):
    path = written(tmp_path / "l", name="\x1b[2J\x1b]0;owned\x07\u202e")
    file = path / segment_names(path)[0]
    file.write_bytes(file.read_bytes() + b"\x1b[31mforged \x9b\n")
    for result in (run("tail", path), run("tail", path, "--output", "json"), run("verify", path)):
        assert all(line.isprintable() for line in result.output.splitlines())
        assert "\x1b" not in result.output


def test_tail_of_nothing_is_exit_2(tmp_path):
    result = run("tail", tmp_path / "missing")
    assert (result.exit_code, "there is no ledger" in result.stderr) == (2, True)


def test_tail_follows_until_it_is_interrupted(tmp_path):
    path = written(tmp_path / "l")
    code = "from yett.cli.ledger import command; command()"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", code, "tail", "-f", "-n", "1", path], stdout=subprocess.PIPE, text=True
    ) as following:
        assert "stop" in following.stdout.readline()
        written(path)
        assert "start" in following.stdout.readline()
        assert "github.get_issue" in following.stdout.readline()
        os.kill(following.pid, signal.SIGINT)
    assert following.returncode == 0
