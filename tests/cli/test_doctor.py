from __future__ import annotations

import json
import time

import pytest
from click.testing import CliRunner
from joserfc import jws
from joserfc.jwk import ECKey

from yett.cli.main import cli

KEY = ECKey.generate_key("P-256", {"kid": "k1"})
WELL = """\
listen: http://127.0.0.1:0
url: http://127.0.0.1:8080
auth: { keycloak: https://127.0.0.1:9/realms/a }
servers: { demo: { command: sh } }
roles: { everyone: { allow: [demo.echo] } }
tests: [{ who: user:alice, allow: [demo.echo] }]
"""


@pytest.fixture
def run(tmp_path):
    def run(*arguments: str, config: str = WELL, stdin: str | None = None):
        (tmp_path / "yett.yaml").write_text(config)
        return CliRunner().invoke(cli, ["doctor", "-c", str(tmp_path / "yett.yaml"), *arguments], input=stdin)

    return run


def token(**changes) -> str:
    now = int(time.time())
    claims = {"iss": "https://127.0.0.1:9/realms/a", "sub": "alice", "iat": now, "exp": now + 300, "azp": "claude"}
    return jws.serialize_compact({"alg": "ES256", "kid": "k1"}, json.dumps(claims | changes).encode(), KEY)


def test_all_well_is_0_and_says_what_was_not_looked_at(run):
    done = run("--offline")
    assert done.exit_code == 0
    assert "\nok    ledger " in done.stdout
    assert "\n--    issuer keycloak    not asked: --offline\n" in done.stdout
    assert done.stdout.endswith(" ok, 1 not looked at\n")


def test_only_unreachable_is_4(run):
    done = run()
    assert done.exit_code == 4
    assert "\nFAIL  issuer keycloak " in done.stdout
    assert "\n                         fix: see whether it can be reached" in done.stdout


def test_trouble_here_is_1_whatever_else_is_away(run):
    done = run(config=WELL.replace("command: sh", "command: no-such-program"))
    assert (done.exit_code, "there is no program `no-such-program`" in done.stdout) == (1, True)


def test_a_config_that_cannot_be_used_is_2_with_every_mistake(run):
    done = run(config=WELL.replace("listen:", "lisen:").replace("demo.echo]", "nope.echo]"))
    assert done.exit_code == 2
    assert "yett.yaml:1:1: " in done.stdout
    assert run(config=WELL.replace("allow: [demo.echo] }]", "deny: [demo.echo] }]")).exit_code == 2


def test_programs_get_json(run):
    said = json.loads(run("--output", "json", "--offline").stdout)
    assert said["exit"] == 0
    assert {
        "what": "issuer keycloak",
        "status": "skipped",
        "detail": "not asked: --offline",
        "fix": "",
        "cause": "",
    } in (said["checks"])


def test_a_keycloak_token_without_an_audience_is_told_the_mapper(run, tmp_path):
    (tmp_path / "token").write_text(token())
    done = run("--offline", "--token-file", str(tmp_path / "token"))
    assert done.exit_code == 1
    assert "jwt.audience: no `aud`; wanted is one of http://127.0.0.1:8080" in done.stdout
    assert "(of client claude)" in done.stdout
    assert (
        "fix: add an *Audience* mapper to a client scope (Included Custom Audience: `http://127.0.0.1:8080`)"
        in done.stdout
    )


def test_a_token_is_piped_in_and_never_shown(run):
    good = token(aud="http://127.0.0.1:8080")
    done = run("--offline", "--token-file", "-", stdin=good)
    assert (done.exit_code, "accepted if the signature is good, as `alice`" in done.stdout) == (0, True)
    assert good.rpartition(".")[2] not in done.output


def test_a_good_token_of_an_issuer_that_is_away_is_no_failure_of_ours(run):
    assert run("--token-file", "-", stdin=token(aud="http://127.0.0.1:8080")).exit_code == 4


@pytest.mark.parametrize("text", ["opaque", "yett_x"])
def test_what_is_no_jwt_is_only_warned_about(run, text):
    assert run("--offline", "--token-file", "-", stdin=text).exit_code == 0


def test_a_token_file_that_is_gone_is_a_usage_error(run, tmp_path):
    assert run("--offline", "--token-file", str(tmp_path / "gone")).exit_code == 2


def test_what_a_token_says_cannot_move_the_cursor(run):
    done = run("--offline", "--token-file", "-", stdin=token(azp="\x1b[2J", aud="x"))
    assert all(line.isprintable() for line in done.stdout.splitlines())
