from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from yett.config.authorities import authorities, authority_of, renewed
from yett.config.load import parse

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
auth: { issuer: { url: https://a.example, ca: issuer.pem } }
servers:
  web: { url: "https://b.example/mcp", ca: server.pem }
  local: { command: ls }
roles: { everyone: { allow: ["*.*"] } }
secrets: { vault: { address: "https://c.example", token: "${TOKEN}", ca: vault.pem } }
"""


FILES = ("issuer.pem", "server.pem", "vault.pem")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with every CA file of the config."""
    for name in FILES:
        (tmp_path / name).write_text("one")
    return tmp_path


def read(folder: Path):
    return parse(TEXT.encode(), folder / "yett.yaml", environment={"TOKEN": "t" * 32})


def test_every_ca_file_of_a_config_is_known_by_what_was_in_it(folder):
    config = read(folder)
    found = {folder / name: sha256(b"one").hexdigest() for name in FILES}
    assert config.origin.authorities == authorities(config) == found
    (folder / "issuer.pem").unlink()
    assert authorities(config) == {**found, folder / "issuer.pem": ""}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_holds_something_else_was_renewed_and_no_other(folder, name):
    files = [folder / one for one in FILES]
    before = read(folder)
    assert not renewed(before, read(folder), *files)
    (folder / name).write_text("two")
    now = read(folder)
    assert before == now
    assert [file.name for file in files if renewed(before, now, file)] == [name]
    assert renewed(before, now, None, *files)
    assert not renewed(before, now, None)


def test_only_what_is_reached_over_tls_has_a_ca(folder):
    config = read(folder)
    assert authority_of(config.servers["web"]) == folder / "server.pem"
    assert authority_of(config.servers["local"]) is None
    assert authority_of("keyring") is None
