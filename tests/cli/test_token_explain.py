from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from joserfc import jws
from joserfc.jwk import ECKey

from yett.cli.main import cli

KEY = ECKey.generate_key("P-256", {"kid": "k1"})
CONFIG = """\
auth: { keycloak: https://sso.test/realms/a }
servers: { demo: http://127.0.0.1:3001/mcp }
roles:
  reader: { members: [group:/eng], allow: [demo.*] }
"""


def token(**changes) -> str:
    now = int(time.time())
    good = {
        "iss": "https://sso.test/realms/a",
        "aud": "http://127.0.0.1:8080",
        "sub": "alice",
        "iat": now,
        "exp": now + 300,
        "groups": ["/eng"],
    }
    claims = {name: value for name, value in (good | changes).items() if value is not None}
    return jws.serialize_compact({"alg": "ES256", "kid": "k1"}, json.dumps(claims).encode(), KEY)


@pytest.fixture
def run(tmp_path: Path):
    (tmp_path / "yett.yaml").write_text(CONFIG)

    def run(*arguments: str, stdin: str | None = None):
        command = ["token", "explain", "--offline", "-c", str(tmp_path / "yett.yaml"), *arguments]
        return CliRunner().invoke(cli, command, input=stdin)

    return run


def test_a_token_is_piped_in_and_explained(run):
    done = run(stdin=f"Bearer {token()}\n")
    assert done.exit_code == 0
    assert "ok  audience  http://127.0.0.1:8080: every server\n" in done.stdout
    assert "    groups    /eng  from groups\n" in done.stdout
    assert "gives     reader  by group:/eng" in done.stdout
    assert done.stdout.endswith("ACCEPTED, if the signature is good\n")
    assert done.stderr == ""


def test_a_token_in_a_file_is_explained_too(run, tmp_path):
    (tmp_path / "token").write_text(token(aud=None))
    done = run("--file", str(tmp_path / "token"))
    assert done.exit_code == 1
    assert "REFUSED  jwt.audience: no `aud`\nfix: add an *Audience* mapper" in done.stdout
    assert run("--file", str(tmp_path / "gone")).exit_code == 2


def test_an_argument_is_warned_about_and_never_repeated(run):
    shown = token()
    done = run(shown)
    assert done.exit_code == 0
    assert done.stderr.startswith("warning: a token as an argument stays in the shell's history")
    assert shown not in done.output
    assert shown.rpartition(".")[2] not in done.output


def test_programs_get_json(run):
    said = json.loads(run("--output", "json", stdin=token(aud="x")).stdout)
    assert (said["accepted"], said["reason"], said["roles"]) == (False, "jwt.audience", [])
    said = json.loads(run("--output", "json", stdin=token()).stdout)
    assert said["accepted"] is None
    assert said["roles"] == [f"reader  by group:/eng  {said['roles'][0].rpartition(' ')[2]}"]


@pytest.mark.parametrize(
    ("text", "told"),
    [("opaque", "no JWT"), ("yett_x", "yett token list"), ("", "no JWT"), ("x" * 20_000, "no longer than")],
)
def test_what_is_no_jwt_is_told_what_it_is(run, text, told):
    done = run(stdin=text)
    assert (done.exit_code, told in done.stderr) == (2, True)


def test_what_a_token_says_cannot_move_the_cursor(run):
    head = base64.urlsafe_b64encode(b'{"alg":"ES256","kid":"\x7f"}').rstrip(b"=").decode()
    done = run(stdin=f"{head}.{token().split('.')[1]}.AAAA")
    assert all(line.isprintable() for line in done.stdout.splitlines())
