import json
import time

import pytest
from click.testing import CliRunner

from yett.cli.token import command
from yett.identity.own_tokens import Tokens
from yett.identity.token_file import TokenFile
from yett.identity.tokens import key_id_of

CONFIG = """\
listen: http://127.0.0.1:8080
auth: { tokens: tokens.yaml }
servers: { demo: 'http://127.0.0.1:3001/mcp' }
roles: { reader: { members: ['user:alice'], allow: ['demo.echo'] } }
"""


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def tokens(tmp_path):
    return tmp_path / "tokens.yaml"


def test_a_new_token_stands_alone_on_stdout(tokens):
    result = run("new", "alice", "--role", "engineer", "--tokens", tokens)
    assert result.exit_code == 0
    token = result.stdout.removesuffix("\n")
    assert key_id_of(token) is not None
    assert "\n" not in token
    assert token not in result.stderr
    assert token not in tokens.read_text()


def test_a_new_token_signs_its_user_in(tokens):
    result = run("new", "alice", "--role", "a", "--role", "b", "--scope", "s", "--group", "/g", "--tokens", tokens)
    found = Tokens(tokens).identify([b"Bearer " + result.stdout.strip().encode()], time.time())
    assert (found.subject, found.roles, found.scopes, found.groups) == (
        "alice",
        frozenset({"a", "b"}),
        frozenset({"s"}),
        frozenset({"/g"}),
    )


@pytest.mark.parametrize(
    ("lifetime", "seconds"), [("90s", 90), ("15m", 900), ("12h", 43_200), ("30d", 2_592_000), ("2w", 1_209_600)]
)
def test_a_lifetime_has_a_unit(tokens, lifetime, seconds):
    assert run("new", "alice", "--expires", lifetime, "--tokens", tokens).exit_code == 0
    (entry,) = TokenFile(tokens).read()
    assert entry.expires - entry.created == seconds


def test_a_token_ends_after_ninety_days_unless_said_otherwise(tokens):
    run("new", "alice", "--tokens", tokens)
    run("new", "bob", "--expires", "never", "--tokens", tokens)
    alice, bob = TokenFile(tokens).read()
    assert alice.expires - alice.created == 90 * 86_400
    assert bob.expires is None


@pytest.mark.parametrize("lifetime", ["", "0d", "-1d", "30", "d", "1y", "999999999w", "1.5h", "\u0663d", "forever"])
def test_no_other_lifetime_is_guessed(tokens, lifetime):
    result = run("new", "alice", "--expires", lifetime, "--tokens", tokens)
    assert (result.exit_code, result.stdout) == (2, "")
    assert not tokens.exists()


@pytest.mark.parametrize(
    "arguments",
    [("",), (" alice",), ("a\nb",), ("alice", "--role", ""), ("alice", "--scope", "a b"), ("alice", "--note", "a\nb")],
)
def test_fields_that_the_file_cannot_hold_make_no_token(tokens, arguments):
    result = run("new", *arguments, "--tokens", tokens)
    assert (result.exit_code, result.stdout) == (2, "")
    assert not tokens.exists()


def test_a_broken_file_makes_no_token(tokens):
    tokens.write_text("- id: [")
    tokens.chmod(0o600)
    for arguments in (("new", "alice"), ("list",), ("revoke", "alice")):
        result = run(*arguments, "--tokens", tokens)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "tokens.yaml:1" in result.stderr


def test_a_config_names_the_file(tmp_path, tokens):
    config = tmp_path / "yett.yaml"
    config.write_text(CONFIG)
    result = run("new", "alice", "--role", "reader", "-c", config)
    assert (result.exit_code, "warning" in result.stderr) == (0, False), result.output
    assert "no role `raeder`" in run("new", "bob", "--role", "raeder", "-c", config).stderr
    assert [entry.user for entry in TokenFile(tokens).read()] == ["alice", "bob"]


def test_a_config_without_tokens_is_an_error(tmp_path):
    config = tmp_path / "yett.yaml"
    config.write_text(CONFIG.replace("tokens: tokens.yaml", "unsafe_allow_anonymous: true"))
    result = run("new", "alice", "-c", config)
    assert (result.exit_code, "--tokens FILE" in result.stderr) == (2, True), result.output


def test_the_list_shows_times_and_no_secret(tokens):
    token = run("new", "alice", "--role", "engineer", "--note", "laptop", "--tokens", tokens).stdout.strip()
    run("new", "bob", "--expires", "never", "--tokens", tokens)
    result = run("list", "--tokens", tokens)
    first, second = result.stdout.splitlines()
    assert first.split()[:3] == [key_id_of(token), "alice", "until"]
    assert first.endswith("roles=engineer  laptop")
    assert "never expires" in second
    secret = token.rpartition("_")[2]
    assert secret not in result.output
    assert "sha256" not in result.output


def test_the_list_as_json_says_what_is_over(tokens):
    run("new", "alice", "--expires", "1s", "--tokens", tokens)
    tokens.write_text(tokens.read_text().replace('expires: "20', 'expires: "19'))
    (row,) = json.loads(run("list", "--tokens", tokens, "--output", "json").stdout)
    assert (row["user"], row["expired"]) == ("alice", True)
    assert "EXPIRED" in run("list", "--tokens", tokens).stdout


def test_an_empty_list_says_what_to_do(tokens):
    result = run("list", "--tokens", tokens)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "yett token new USER" in result.stderr
    assert run("list", "--tokens", tokens, "--output", "json").stdout == "[]\n"


def test_revoking_names_what_was_revoked(tokens):
    key_id = key_id_of(run("new", "alice", "--tokens", tokens).stdout.strip())
    run("new", "alice", "--tokens", tokens)
    assert run("revoke", key_id, "--tokens", tokens).stdout == f"revoked {key_id} of alice\n"
    assert run("revoke", "alice", "--tokens", tokens).stdout.count("of alice") == 1
    result = run("revoke", "alice", "--tokens", tokens)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no token and no user `alice`" in result.stderr
