from __future__ import annotations

from pathlib import Path

import pytest

from yett.config.diagnostic import InvalidConfig
from yett.config.servers import HttpServer, ProcessServer

HEAD = "auth: { tokens: t }\nroles: { reader: { allow: ['*.*'] } }\nservers:\n  "


def test_a_url_is_a_server_in_short(config):
    server = config(f"{HEAD}demo: https://api.example.com/mcp\n").servers["demo"]
    assert isinstance(server, HttpServer)
    assert server.kind == "http"
    assert (server.scheme, server.host, server.port, server.path) == ("https", "api.example.com", 443, "/mcp")
    assert (dict(server.headers), server.ca, server.unsafe_skip_verification) == ({}, None, False)


def test_header_names_are_lower_case_and_values_secret(config):
    text = f'{HEAD}demo: {{ url: "http://a/mcp", headers: {{ X-API-Key: "${{K}}", X-Team: core }} }}\n'
    headers = config(text, K="hunter2").servers["demo"].headers
    assert {name: value.reveal() for name, value in headers.items()} == {"x-api-key": "hunter2", "x-team": "core"}


def test_a_process_gets_arguments_environment_and_folder(config, folder):
    (folder / "srv").mkdir()
    text = f"{HEAD}demo: {{ command: uvx, args: [a, ''], env: {{ A: b }}, cwd: srv }}\n"
    server = config(text).servers["demo"]
    assert isinstance(server, ProcessServer)
    assert (server.kind, server.command, server.args, server.cwd) == ("process", "uvx", ("a", ""), folder / "srv")
    assert server.env["A"].reveal() == "b"
    assert config(f"{HEAD}demo: {{ command: uvx }}\n").servers["demo"].cwd == Path(folder)


@pytest.mark.parametrize("name", ["a", "0", "git", "a-b_c", "a" * 63])
def test_names(config, name):
    assert name in config(f"{HEAD}{name!r}: http://a/mcp\n").servers


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("GitHub", "call it `github`"),
        ("my server", "call it `my-server`"),
        ("a.b", "call it `a-b`"),
        ("_a", "call it `a`"),
        ("a" * 64, f"call it `{'a' * 63}`"),
        ("é", "lower-case letters, digits, `-` and `_`"),
        ("", "lower-case letters, digits, `-` and `_`"),
        ("a/b", "call it `a-b`"),
    ],
)
def test_what_is_no_name(config, errors, name, hint):
    assert errors(f'{HEAD}"{name}": http://a/mcp\n') == [f"4:3 `{name}` cannot be a server's name"]
    with pytest.raises(InvalidConfig) as caught:
        config(f'{HEAD}"{name}": http://a/mcp\n')
    assert caught.value.diagnostics[0].help.endswith(hint)


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ("{ url: http://a, headers: { 'a b': c } }", "4:26 `a b` cannot be the name of a header"),
        ("{ url: http://a, headers: { '': c } }", "4:26 `` cannot be the name of a header"),
        ("{ url: http://a, headers: { Host: c } }", "4:26 the header `Host` is set by Yett"),
        ("{ url: http://a, headers: { mcp-name: c } }", "4:26 the header `mcp-name` is set by Yett"),
        ("{ url: http://a, headers: { X: 7 } }", "4:40 expected text, found the number `7`"),
        ("{ url: http://a, headers: { X: [a] } }", "4:40 expected text, found a list"),
        ("{ url: http://a, headers: [a] }", "4:35 expected a mapping, found a list"),
        ("{ command: '' }", "4:20 `command` is empty"),
        ('{ command: "a\\0b" }', "4:20 a NUL character cannot be passed to a program"),
        ('{ command: a, args: ["a\\0b"] }', "4:30 a NUL character cannot be passed to a program"),
        ("{ command: a, env: { A=B: c } }", "4:23 `A=B` cannot be the name of an environment variable"),
        ('{ command: a, env: { A: "a\\0b" } }', "4:33 a NUL character cannot be passed to a program"),
        ("{ command: a, cwd: none }", "4:28 no such folder: `FOLDER/none`"),
        ("{ url: https://a, ca: none }", "4:31 no such file: `FOLDER/none`"),
        ("{ url: http://a, args: [x] }", "4:26 unknown key `args`"),
        ("{ command: a, headers: { A: b } }", "4:23 unknown key `headers`"),
        ("7", "4:9 expected text or a mapping, found the number `7`"),
        ("[a]", "4:9 expected text or a mapping, found a list"),
    ],
)
def test_what_is_no_server(errors, folder, entry, error):
    assert errors(f"{HEAD}demo: {entry}\n") == [error.replace("FOLDER", str(folder))]


def test_a_header_that_would_split_a_request_is_refused_without_showing_it(config, errors):
    text = f'{HEAD}demo: {{ url: http://a, headers: {{ X-Key: "${{K}}" }} }}\n'
    assert errors(text, K="hunter2\r\nEvil: 1") == ["4:44 a header value holds characters that cannot be sent"]


def test_a_header_value_that_was_not_read_cannot_be_checked(config):
    text = f'{HEAD}demo: {{ url: http://a, headers: {{ X-Key: "${{K}}" }} }}\n'
    assert not config(text, secrets=False).servers["demo"].headers["x-key"].known
