from __future__ import annotations

import os
import time

import pki
import pytest
import trustme

from yett.enforce.doctor import files
from yett.enforce.doctor.check import Status
from yett.identity.entry import Entry
from yett.identity.token_file import TokenFile
from yett.ledger.folder import Folder

CA = trustme.CA()


def entry(expires: float | None) -> Entry:
    return Entry(id="abcdefgh", digest=f"sha256:{'0' * 64}", user="alice", expires=expires)


def test_a_token_file_is_read_as_the_gateway_reads_it(tmp_path):
    path = tmp_path / "tokens.yaml"
    assert (files.tokens(path, 0.0).status, path.exists()) == (Status.WARN, False)
    TokenFile(path).add(entry(1_000.0))
    assert files.tokens(path, 999.0).detail == f"1 good, 0 expired, in `{path}`"
    assert files.tokens(path, 1_000.0).status is Status.WARN
    path.chmod(0o644)
    assert files.tokens(path, 999.0).status is Status.FAIL


def test_a_revocation_file_need_not_exist_and_must_not_be_anybodys(tmp_path):
    path = tmp_path / "revoked.jsonl"
    assert files.revoked(path).status is Status.OK
    path.touch(mode=0o600)
    assert files.revoked(path).detail == f"0 in `{path}`"
    path.chmod(0o666)
    assert files.revoked(path).status is Status.FAIL


def test_a_ledger_that_is_missing_is_not_made(tmp_path):
    path = tmp_path / "a" / "ledger"
    check, running = files.ledger(path)
    assert (check.status, running, list(tmp_path.iterdir())) == (Status.OK, False, [])
    (tmp_path / "a").write_text("a file")
    assert files.ledger(path)[0].status is Status.FAIL


def test_a_ledger_that_is_written_by_a_gateway_is_seen_and_left_alone(tmp_path):
    path = tmp_path / "ledger"
    held = Folder.open(path)
    check, running = files.ledger(path)
    assert (check.status, running) == (Status.OK, True)
    held.close()
    assert files.ledger(path)[1] is False
    Folder.open(path).close()  # ours was given back


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_ledger_that_cannot_be_written_fails(tmp_path):
    path = tmp_path / "ledger"
    path.mkdir(mode=0o500)
    assert files.ledger(path)[0].status is Status.FAIL


def test_a_ledger_that_others_write_or_that_is_a_link_fails(tmp_path):
    path, link = tmp_path / "ledger", tmp_path / "link"
    path.mkdir()
    path.chmod(0o777)
    link.symlink_to(tmp_path / "nowhere")
    assert files.ledger(path)[0].status is Status.FAIL
    assert files.ledger(link)[0].status is Status.FAIL


def tls(read, folder, *names: str, other_key: bool = False):
    issued = CA.issue_cert(*names)
    (folder / "tls.crt").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key = (CA.issue_cert("x") if other_key else issued).private_key_pem
    (folder / "tls.key").write_bytes(key.bytes())
    (folder / "tls.key").chmod(0o600)
    return read(rest="listen: https://127.0.0.1:8443\nurl: https://mcp.acme.io\ntls: { cert: tls.crt, key: tls.key }")


def test_a_certificate_for_the_public_name_is_well(read, tmp_path):
    config = tls(read, tmp_path, "*.acme.io")
    assert [check.status for check in files.certificate(config, time.time())] == [Status.OK, Status.OK]
    (tmp_path / "tls.key").chmod(0o644)
    assert files.certificate(config, time.time())[0].fix == f"run `chmod 600 {tmp_path / 'tls.key'}`"


def test_a_certificate_for_another_name_or_with_another_key_fails(read, tmp_path):
    assert [check.status for check in files.certificate(tls(read, tmp_path, "b.io"), 0.0)] == [Status.OK, Status.FAIL]
    config = tls(read, tmp_path, "mcp.acme.io", other_key=True)
    [check] = files.certificate(config, 0.0)
    assert (check.status, "cannot use certificate" in check.detail) == (Status.FAIL, True)


def test_whose_clients_would_be_taken_and_for_how_long_is_told(read, tmp_path):
    tls(read, tmp_path, "*.acme.io")
    clients = pki.Authority()
    (tmp_path / "ca.pem").write_bytes(clients.pem)
    listen = "listen: https://127.0.0.1:8443\nurl: https://mcp.acme.io\n"

    def told(more, now=None):
        config = read(rest=f"{listen}tls: {{ cert: tls.crt, key: tls.key, client_ca: ca.pem{more} }}")
        check = files.certificate(config, now or pki.NOW.timestamp() - 3_600)[-1]
        return check.status, check.detail

    assert told("") == (Status.WARN, "of 1 CA, without a revocation list")
    (tmp_path / "crl.pem").write_bytes(clients.list())
    listed = ", client_crl: crl.pem"
    assert told(listed) == (Status.OK, "of 1 CA; the revocation lists are good for 25 h")
    assert "out of date" in told(listed, (pki.NOW + pki.DAY).timestamp())[1]
    status, detail = told(", client_crl: tls.crt")
    assert (status, "no revocation list" in detail) == (Status.FAIL, True)


def test_without_tls_there_is_no_certificate(read):
    assert files.certificate(read(), 0.0) == []
