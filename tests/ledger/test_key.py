import os

import pytest

from yett.errors import LedgerError
from yett.ledger.key import KEY_FILE, checked, key_beside, read_key


def test_the_key_beside_the_ledger_is_made_once(tmp_path):
    first = key_beside(tmp_path, may_create=True)
    assert key_beside(tmp_path, may_create=False) == first
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert len(first) == 64


def test_two_ledgers_have_two_keys(tmp_path):
    (tmp_path / "other").mkdir()
    assert key_beside(tmp_path, may_create=True) != key_beside(tmp_path / "other", may_create=True)


def test_a_lost_key_is_not_replaced_in_silence(tmp_path):
    with pytest.raises(LedgerError, match="is gone while its records are still there"):
        key_beside(tmp_path, may_create=False)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_reach_is_refused(tmp_path, mode):
    key_beside(tmp_path, may_create=True)
    (tmp_path / KEY_FILE).chmod(mode)
    with pytest.raises(LedgerError, match="chmod 600"):
        key_beside(tmp_path, may_create=False)


def test_an_interrupted_start_does_not_stand_in_the_way(tmp_path):
    (tmp_path / "ledger.new").write_text("half")
    assert len(key_beside(tmp_path, may_create=True)) == 64


def test_a_key_file_loses_one_line_end(tmp_path):
    for written, key in ((b"k" * 32 + b"\n", b"k" * 32), (b"k" * 32 + b"\r\n", b"k" * 32), (b"\n" * 33, b"\n" * 32)):
        (tmp_path / "key").write_bytes(written)
        assert read_key(tmp_path / "key") == key


def test_links_pipes_short_and_missing_keys_are_refused(tmp_path):
    (tmp_path / "short").write_bytes(b"k" * 31)
    (tmp_path / "good").write_bytes(b"k" * 32)
    (tmp_path / "link").symlink_to(tmp_path / "good")
    os.mkfifo(tmp_path / "pipe")
    for name in ("short", "link", "pipe", "missing"):
        with pytest.raises(LedgerError, match=name):
            read_key(tmp_path / name)


def test_a_key_is_as_long_as_the_hash():
    assert checked(b"k" * 32, "the key") == b"k" * 32
    with pytest.raises(LedgerError, match="the key has 5 bytes, and needs 32 or more"):
        checked(b"short", "the key")
