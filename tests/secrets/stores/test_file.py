from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from yett.errors import SecretError
from yett.secrets.store import WHOLE
from yett.secrets.stores import file as module
from yett.secrets.stores.file import Files


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("one\n")
    path.chmod(0o600)
    return path


def read(files: Files, name: str = "token") -> str:
    return asyncio.run(files.read(name)).fields[WHOLE]


def test_a_file_is_read_again_when_it_changes(token):
    files = Files(token.parent)
    assert read(files) == "one"
    token.write_text("two")
    assert read(files) == "two"


def test_a_file_that_did_not_change_is_not_read_again(token, monkeypatch):
    files = Files(token.parent)
    first = asyncio.run(files.read("token"))
    monkeypatch.setattr(module, "read_file", lambda path, mounts: pytest.fail("it was read again"))
    assert asyncio.run(files.read("token")) is first


def test_an_empty_file_is_no_value(token):
    files = Files(token.parent)
    token.write_text("\n")
    with pytest.raises(SecretError, match="is empty"):
        read(files)


def test_a_file_that_others_can_read_by_now_is_refused(token):
    files = Files(token.parent)
    assert read(files) == "one"
    token.chmod(0o644)
    with pytest.raises(SecretError, match="can be read by others"):
        read(files)


def test_a_file_that_is_being_written_is_left_for_the_next_look(token, monkeypatch):
    def changing(path: Path, mounts: object) -> str:
        path.write_text("longer than before")
        return "half"

    monkeypatch.setattr(module, "read_file", changing)
    with pytest.raises(SecretError, match="is being changed"):
        read(Files(token.parent))


def test_a_file_that_is_gone_is_an_error(token):
    files = Files(token.parent)
    assert read(files) == "one"
    token.unlink()
    with pytest.raises(SecretError, match="no such file"):
        read(files)
