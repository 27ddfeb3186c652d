from __future__ import annotations

import os
import sys

import pytest

from yett.errors import UpstreamUnavailable
from yett.secrets.secret import Secret
from yett.upstream.command import INHERITED, Command, has_keeper, kept


def test_the_environment_is_the_few_and_the_configured(monkeypatch):
    for name in list(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "gateway's own")
    monkeypatch.setenv("LD_PRELOAD", "/tmp/evil.so")
    command = Command(argv=("x",), env={"TOKEN": Secret("t"), "PATH": Secret("/opt/bin")})
    assert command.environment() == {"PATH": "/opt/bin", "TOKEN": "t"}


def test_nothing_dangerous_is_inherited():
    assert not [name for name in INHERITED if name.startswith(("LD_", "PYTHON", "NODE_OPTIONS", "AWS", "SSH", "YETT"))]


def test_a_secret_that_was_not_read_is_an_error_without_its_value():
    with pytest.raises(UpstreamUnavailable, match="was not read"):
        Command(argv=("x",), env={"TOKEN": Secret(None)}).environment()


def test_a_command_does_not_show_its_secrets():
    assert "hunter2" not in repr(Command(argv=("x",), env={"TOKEN": Secret("hunter2")}))


def program(folder, name="tool", mode=0o755):
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def test_a_program_is_looked_up_in_the_servers_path(tmp_path):
    path = program(tmp_path)
    command = Command(argv=("tool",))
    assert command.executable({"PATH": str(tmp_path)}) == str(path)
    with pytest.raises(UpstreamUnavailable, match="no program `tool`"):
        command.executable({"PATH": "/nowhere"})


def test_a_program_with_a_slash_is_looked_up_from_the_working_directory(tmp_path):
    path = program(tmp_path)
    assert Command(argv=("./tool",), cwd=str(tmp_path)).executable({}) == str(path)
    assert Command(argv=(str(path),), cwd="/").executable({}) == str(path)


def test_what_cannot_be_executed_is_no_program(tmp_path):
    program(tmp_path, mode=0o644)
    with pytest.raises(UpstreamUnavailable):
        Command(argv=("./tool",), cwd=str(tmp_path)).executable({})


def test_the_arguments_are_a_list_behind_the_keeper():
    argv = ("tool", "a b", ";", "$HOME")
    line = kept("/bin/tool", argv, 2.0)
    if has_keeper():
        assert line[:3] == [sys.executable, "-I", "-S"]
        assert line[4:] == [str(os.getpid()), "2", "/bin/tool", *argv]
    else:
        assert line == ["/bin/tool", *argv[1:]]


def test_without_a_keeper_the_program_is_started_itself(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not has_keeper()
    assert kept("/bin/tool", ("tool", "a"), 2.0) == ["/bin/tool", "a"]
