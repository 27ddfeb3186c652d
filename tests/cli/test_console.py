from __future__ import annotations

import io
import json

import click
import pytest
from click.testing import CliRunner

from yett.cli.console import (
    Exit,
    color_option,
    colored,
    config_option,
    draw,
    fail,
    load_or_exit,
    output_option,
    quiet_option,
)
from yett.config.diagnostic import Diagnostic


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "YETT_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("when", "environment", "stream", "expected"),
    [
        ("auto", {}, io.StringIO(), False),
        ("auto", {}, Terminal(), True),
        ("auto", {"NO_COLOR": "1"}, Terminal(), False),
        ("auto", {"NO_COLOR": ""}, Terminal(), True),
        ("auto", {"FORCE_COLOR": "1"}, io.StringIO(), True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, Terminal(), False),
        ("auto", {"TERM": "dumb"}, Terminal(), False),
        ("always", {"NO_COLOR": "1"}, io.StringIO(), True),
        ("never", {"FORCE_COLOR": "1"}, Terminal(), False),
    ],
)
def test_when_to_colour(monkeypatch, when, environment, stream, expected):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert colored(when, stream) is expected


def test_the_common_options():
    @click.command()
    @config_option
    @output_option("text", "json")
    @color_option
    @quiet_option
    def command(**given: object) -> None:
        click.echo(json.dumps({name: str(value) for name, value in given.items()}))

    def run(*arguments: str, **environment: str) -> dict[str, str]:
        return json.loads(CliRunner(env=environment).invoke(command, arguments, catch_exceptions=False).stdout)

    assert run() == {"config_path": "yett.yaml", "output": "text", "color": "auto", "quiet": "False"}
    assert run(YETT_CONFIG="a.yaml")["config_path"] == "a.yaml"
    assert run("-c", "b.yaml", YETT_CONFIG="a.yaml")["config_path"] == "b.yaml"
    assert run("--output", "json", "-q", "--color", "never") == {
        "config_path": "yett.yaml",
        "output": "json",
        "color": "never",
        "quiet": "True",
    }


def test_diagnostics_are_drawn_where_they_belong(capsys):
    diagnostic = Diagnostic(code="c", message="m", file="f")
    draw([diagnostic, diagnostic])
    draw([diagnostic], err=True, color="always")
    out, err = capsys.readouterr()
    assert out == "error[c]: m\n --> f\n\nerror[c]: m\n --> f\n\n"
    assert err.startswith("\x1b[1;31merror[c]\x1b[0m")


def test_a_config_is_loaded_or_the_command_ends(tmp_path, capsys):
    path = tmp_path / "yett.yaml"
    path.write_text(
        "auth: { tokens: t }\nservers: { a: { url: http://a, headers: { X-Key: '${NOT_SET}' } } }\n"
        "roles: { r: { allow: [a.b] } }\n"
    )
    assert load_or_exit(path, secrets=False).auth.tokens == tmp_path / "t"
    with pytest.raises(SystemExit) as caught:
        load_or_exit(path)
    assert caught.value.code == Exit.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert "error[secret]: the environment variable `NOT_SET` is not set" in err


def test_a_failure_is_a_sentence_or_a_line_of_json(capsys):
    for output, expected in (("text", "error: gone\n"), ("json", '{"error": "gone", "exit": 4}\n')):
        with pytest.raises(SystemExit) as caught:
            fail("gone", Exit.UNREACHABLE, output=output)
        assert caught.value.code == 4
        assert capsys.readouterr() == ("", expected)


def test_exit_codes_are_those_of_the_architecture():
    assert {code.name: int(code) for code in Exit} == {
        "OK": 0,
        "FINDINGS": 1,
        "USAGE": 2,
        "SIGN_IN": 3,
        "UNREACHABLE": 4,
        "BUG": 5,
    }
