from __future__ import annotations

from pathlib import Path

import pytest

from yett.config.load import parse
from yett.config.servers import ProcessServer
from yett.enforce.wrapped import Wrapped, check_caller, chosen, with_command
from yett.errors import ConfigError
from yett.secrets.secret import Secret

ROLES = "roles: { reader: { members: [user:alice], allow: ['*.echo'] } }\n"
STDIO = "auth: { stdio: { user: alice } }\n"


def _config(servers: str, auth: str = STDIO, folder: Path = Path()):
    return parse(f"{auth}servers: {servers}\n{ROLES}".encode(), folder / "yett.yaml")


INLINE = "{ demo: { inline: true } }"
BOTH = "{ one: { inline: true }, two: { command: ls } }"


def test_the_only_server_needs_no_name_and_others_do():
    assert chosen(_config(INLINE), "") == "demo"
    assert chosen(_config(BOTH), "two") == "two"
    with pytest.raises(ConfigError, match="name one with `--server`: `one`, `two`"):
        chosen(_config(BOTH), "")
    with pytest.raises(ConfigError, match="no server `three`"):
        chosen(_config(BOTH), "three")


def test_a_command_stands_in_for_the_inline_server(tmp_path):
    config = with_command(_config(INLINE), "demo", ["npx", "-y", "server"], {"TOKEN": "made-up"}, tmp_path)
    assert config.servers["demo"] == ProcessServer(
        command="npx", args=("-y", "server"), env={"TOKEN": Secret("made-up", shown="${env:TOKEN}")}, cwd=tmp_path
    )
    # By its shown form the gateway knows it for a credential, to be kept out of replies.
    assert config.servers["demo"].env["TOKEN"].shown == "${env:TOKEN}"


def test_what_the_config_demands_of_callers_is_demanded_with_a_command_too(tmp_path):
    config = _config('{ demo: { inline: true, scopes: { "*": [files.read] } } }')
    assert with_command(config, "demo", ["ls"], {}, tmp_path).servers["demo"].scopes == config.servers["demo"].scopes


def test_a_server_of_the_config_is_taken_as_it_is(tmp_path):
    config = _config("{ demo: { command: ls } }")
    assert with_command(config, "demo", [], {}, tmp_path) is config


@pytest.mark.parametrize(
    ("servers", "command", "env", "words"),
    [
        (INLINE, [], {}, "write the command"),
        ("{ demo: { inline: true, path: /x } }", ["ls"], {}, "for `protect"),
        ("{ demo: { command: ls } }", ["ls"], {}, "remove the command"),
        ("{ demo: { command: ls } }", [], {"A": "b"}, "`--env` is for a command"),
    ],
)
def test_a_command_too_many_or_too_few_is_an_error(servers, command, env, words, tmp_path):
    with pytest.raises(ConfigError, match=words):
        with_command(_config(servers), "demo", command, env, tmp_path)


def test_where_nobody_could_be_let_in_nothing_is_started(tmp_path):
    tokens = _config(INLINE, "auth: { tokens: t.yaml }\n")
    with pytest.raises(ConfigError, match="YETT_TOKEN"):
        check_caller(tokens, "")
    check_caller(tokens, "yett_x")
    for name in ("a.pem", "tls.crt", "tls.key"):
        (tmp_path / name).touch()
    tls = "listen: https://127.0.0.1:1\ntls: { cert: tls.crt, key: tls.key, client_ca: a.pem }\n"
    certificates = _config(INLINE, f"{tls}auth: {{ mtls: {{ san: uri }} }}\n", tmp_path)
    with pytest.raises(ConfigError, match="a pipe has no certificates"):
        check_caller(certificates, "")
    check_caller(_config(INLINE), "")
    check_caller(_config(INLINE, "auth: { unsafe_allow_anonymous: true }\n"), "")


def test_a_config_whose_tests_fail_serves_nobody(tmp_path):
    config = parse(
        f"{STDIO}servers: {INLINE}\n{ROLES}tests: [{{ who: user:alice, deny: [demo.echo] }}]\n".encode(), tmp_path / "y"
    )
    with pytest.raises(ConfigError, match="policy test"):
        Wrapped(config, "demo")
