from __future__ import annotations

import pytest

from yett.config.diagnostic import InvalidConfig, as_text

HEAD = 'auth: {{ tokens: t }}\nroles: {{ reader: {{ allow: ["*.*"] }} }}\n'
HTTP = HEAD + "servers: {{ demo: {{ url: http://a/mcp, {} }} }}\n"
PROCESS = HEAD + "servers: {{ demo: {{ command: a, {} }} }}\n"


def test_settings_are_resolved_from_the_environment(config):
    read = config("listen: http://127.0.0.1:${PORT}\nledger: { path: '${DIR:-led}ger' }\n", PORT="81")
    assert read.listen.port == 81
    assert read.ledger.path == read.folder / "ledger"


def test_secrets_are_put_together_and_shown_as_references(config):
    text = HTTP.format("headers: { Authorization: 'Basic ${A}.${env:B}' }")
    secret = config(text, A="one", B="two").servers["demo"].headers["authorization"]
    assert secret.reveal() == "Basic one.two"
    assert secret.shown == "Basic \u2039env:A\u203a.\u2039env:B\u203a"


def test_a_secret_file_is_read(config, folder):
    (folder / "token").write_text("hunter2\n")
    (folder / "token").chmod(0o600)
    secret = config(PROCESS.format("env: { A_TOKEN: '${file:token}' }")).servers["demo"].env["A_TOKEN"]
    assert secret.reveal() == "hunter2"
    assert secret.shown == "\u2039file:token\u203a"


def test_an_escaped_reference_stays_text(config):
    assert config(PROCESS.format("args: ['$${A}']")).servers["demo"].args == ("${A}",)
    assert config(PROCESS.format("env: { A: '$${A}' }")).servers["demo"].env["A"].reveal() == "${A}"


def test_arguments_of_tests_are_left_alone(config):
    test = "tests: [{ who: user:a, deny: [{ demo.echo: { text: '${NOT_SET}' } }] }]\n"
    assert config(test).tests[0].deny[0].arguments == {"text": "${NOT_SET}"}


def test_a_default_is_for_settings_only(config, errors):
    assert config(PROCESS.format("env: { LEVEL: '${LEVEL:-info}' }")).servers["demo"].env["LEVEL"].reveal() == "info"
    assert errors(PROCESS.format("env: { A_KEY: 'x${A_KEY:-y}' }")) == ["3:48 a default for a secret"]
    assert errors("ledger: { key: '${K:-yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy}' }") == ["6:17 a default for a secret"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("listen: 'http://${HOST_KEY}'", "6:17 a secret in `listen`, which is not kept secret"),
        ("listen: '${file:x}'", "6:10 a secret in `listen`, which is not kept secret"),
        ("protect: ['${P}']", "6:12 references are not read in `protect`"),
        ("secrets: { env: ['${P}'] }", "6:19 references are not read in `secrets`"),
        ("ledger: { path: ghp_" + "a" * 36 + " }", "6:17 a secret in clear text"),
        ("ledger: { path: '${P' }", "6:18 a reference is not closed"),
    ],
)
def test_what_is_not_resolved(errors, text, error):
    assert errors(text + "\n", HOST_KEY="x") == [error]


@pytest.mark.parametrize(
    ("args", "secret"),
    [
        ("[--token, hunter2]", "hunter2"),
        ("[--token=hunter2]", "--token"),
        ("[-e, GITHUB_TOKEN=hunter2]", "GITHUB"),
        ("['postgres://u:hunter2@db/x']", "'post"),
        ("[--token, '${HUNTER}']", "'${"),
        ("['${file:hunter2}']", "${"),
        ("['--x=${env:A_TOKEN}']", "${"),
        ("[--token, --verbose]", None),
        ("[-e, GITHUB_TOKEN]", None),
        ("[--token-file, /run/x]", None),
        ("['${HOME}/x']", None),
        ("[--token]", None),
    ],
)
def test_arguments_hold_no_secrets(config, errors, args, secret):
    text = PROCESS.format(f"args: {args}")
    if secret is None:
        config(text, HOME="/root")
        return
    [error] = errors(text, HUNTER="x", A_TOKEN="x")
    column = text.splitlines()[2].index(secret) + 1
    assert error.startswith(f"3:{column} a secret ")


def test_a_list_of_permitted_secrets_is_kept_to(errors):
    text = HTTP.format("headers: { X-Key: '${A_KEY}' }") + "secrets: { env: [B_KEY] }\n"
    assert errors(text, A_KEY="x") == ["3:58 `secrets.env` does not list `A_KEY`"]


@pytest.mark.parametrize(
    "text",
    [
        HTTP.format("headers: { X-Key: hunter2, x: 1 }"),
        HTTP.format("headers: { X-Key: hunter2 }, unknown: 1"),
        HTTP.format("headers: { X-Key: |\n  hunter2\n  hunter2\n }"),
        PROCESS.format("env: { A_TOKEN: hunter2, B: 7 }"),
        PROCESS.format("args: [--token, hunter2, 7]"),
        "auth: { tokens: t, token: hunter2 }\n",
        "listen: http://alice:hunter2@a/\n",
        "ledger: { key: hunter2 }\nlistn: 1\n",
        "a: b: c\npassword: hunter2\nx: ]",
        "servers: {a: {headers: {Authorization: hunter2]}}\n",
        "api_key: hunter2\napi_key: hunter2\n",
        "api_key: hunter2\x07\n",
    ],
)
def test_no_error_ever_shows_a_secret_of_the_file(config, text):
    with pytest.raises(InvalidConfig) as caught:
        config(text + "# servers")
    drawn = "\n".join(map(as_text, caught.value.diagnostics))
    assert "hunter2" not in drawn
    assert "hunter2" not in str(caught.value)


def test_a_resolved_secret_is_never_shown(config):
    text = HTTP.format("headers: { X-Key: '${K}' }") + "wrong: 1\n"
    with pytest.raises(InvalidConfig) as caught:
        config(text, K="hunter2")
    assert "hunter2" not in "\n".join(map(as_text, caught.value.diagnostics))
    assert "hunter2" not in repr(config(HTTP.format("headers: { X-Key: '${K}' }"), K="hunter2"))
