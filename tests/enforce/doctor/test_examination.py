from __future__ import annotations

import asyncio

from yett.config.load import parse
from yett.enforce.doctor.check import Cause, Status
from yett.enforce.doctor.examination import at_config, examined
from yett.ledger.folder import Folder


def looked(config, *, files: int = -1, offline: bool = False):
    return asyncio.run(examined(config, allowed_files=files, offline=offline))


def by_what(checks) -> dict[str, Status]:
    return {check.what: check.status for check in checks}


def test_everything_is_looked_at_and_nothing_is_written(read, tmp_path):
    rest = "listen: http://127.0.0.1:0\nadmin: { listen: '127.0.0.1:0' }\nledger: { path: x/ledger }"
    auth = "{ tokens: tokens.yaml, revoked: revoked.jsonl, issuer: https://127.0.0.1:9 }"
    found = by_what(looked(read(auth, rest=rest)))
    assert found == {
        "config": Status.WARN,  # no tests
        "tokens": Status.WARN,
        "revoked": Status.OK,
        "ledger": Status.OK,
        "open files": Status.OK,
        "listen": Status.OK,
        "admin": Status.OK,
        "audience issuer": Status.WARN,
        "issuer issuer": Status.FAIL,
        "server demo": Status.FAIL,
    }
    assert list(tmp_path.iterdir()) == []


def test_offline_nobody_is_asked(read):
    found = by_what(looked(read("{ issuer: https://127.0.0.1:9 }"), offline=True))
    assert (found["issuer issuer"], found["server demo"]) == (Status.SKIPPED, Status.SKIPPED)


def test_a_test_that_fails_is_the_configs_fault(read):
    config = read(rest="tests: [{ who: anonymous, allow: [demo.nothing] }]")
    [check] = at_config(config)
    assert (check.status, check.cause) == (Status.FAIL, Cause.CONFIG)


def test_a_config_without_warnings_is_ok(tmp_path):
    text = b"auth: { tokens: t }\nservers: { a: http://127.0.0.1:1/mcp }\nroles: { everyone: { allow: [a.x] } }\n"
    config = parse(text + b"tests: [{ who: user:alice, allow: [a.x] }]\n", tmp_path / "yett.yaml")
    assert [check.status for check in at_config(config)] == [Status.OK]


def test_a_gateway_that_runs_already_has_the_ledger(read, tmp_path):
    held = Folder.open(tmp_path / "ledger")
    ledger = next(check for check in looked(read(), offline=True) if check.what == "ledger")
    held.close()
    assert ledger.detail.endswith("is being written by a gateway that runs")


SERVERS = '{ demo: { url: "http://127.0.0.1:1/mcp", headers: { X-Key: "${%s}" } } }'


def test_secrets_are_read_and_never_shown(read, tmp_path):
    (tmp_path / "key").write_text("hunter2")
    (tmp_path / "key").chmod(0o600)
    found = looked(read(servers=SERVERS % "file:key"))
    assert by_what(found)["secrets"] is Status.OK
    assert "hunter2" not in str(found)


def test_a_store_that_cannot_be_asked_is_told_and_offline_it_is_not_asked(read):
    rest = 'secrets: { vault: { address: https://127.0.0.1:9, token: "${T}" } }'
    config = read(servers=SERVERS % "vault:secret/data/a#b", rest=rest, T="hunter2")
    offline = by_what(looked(config, offline=True))
    found = looked(config)
    assert (offline["secrets"], by_what(found)["secrets"]) == (Status.SKIPPED, Status.FAIL)
    assert "hunter2" not in str(found)


def test_an_inline_server_needs_no_port(read):
    assert by_what(looked(read(servers="{ demo: { inline: true } }")))["listen"] is Status.SKIPPED
