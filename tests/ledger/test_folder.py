import os

import pytest

from yett.errors import LedgerError
from yett.ledger.folder import Folder, segment_names


def test_the_folder_is_made_for_its_owner_alone(tmp_path):
    folder = Folder.open(tmp_path / "deep" / "ledger")
    assert (tmp_path / "deep" / "ledger").stat().st_mode & 0o777 == 0o700
    folder.close()


def test_one_ledger_has_one_writer(tmp_path):
    folder = Folder.open(tmp_path / "ledger")
    with pytest.raises(LedgerError, match="another process writes"):
        Folder.open(tmp_path / "ledger")
    folder.close()
    Folder.open(tmp_path / "ledger").close()


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_can_write_to_is_refused(tmp_path, mode):
    path = tmp_path / "ledger"
    path.mkdir()
    path.chmod(mode)
    with pytest.raises(LedgerError, match="others can write"):
        Folder.open(path)


def test_a_link_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "ledger").symlink_to(tmp_path / "real")
    with pytest.raises(LedgerError, match="cannot open"):
        Folder.open(tmp_path / "ledger")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "ledger").write_text("")
    with pytest.raises(LedgerError, match="cannot open"):
        Folder.open(tmp_path / "ledger")


def test_files_are_new_and_for_their_owner_alone(tmp_path):
    folder = Folder.open(tmp_path / "ledger")
    file = folder.create("a.jsonl")
    assert os.fstat(file).st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        folder.create("a.jsonl")
    folder.shut(file)
    folder.close()


def test_no_link_is_followed_when_a_file_is_made(tmp_path):
    folder = Folder.open(tmp_path / "ledger")
    (tmp_path / "ledger" / "a.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        folder.create("a.jsonl")
    assert not (tmp_path / "elsewhere").exists()
    folder.close()


def test_a_file_is_compared_with_its_name(tmp_path):
    folder = Folder.open(tmp_path / "ledger")
    path = tmp_path / "ledger" / "a.jsonl"
    file = folder.create("a.jsonl")
    folder.write(file, b"12345")
    assert folder.is_still("a.jsonl", file, 5)
    folder.cut(file, 3)
    assert not folder.is_still("a.jsonl", file, 5)
    path.rename(tmp_path / "ledger" / "a.jsonl.1")
    assert not folder.is_still("a.jsonl", file, 3)
    path.write_text("abc")
    assert not folder.is_still("a.jsonl", file, 3)
    folder.shut(file)
    folder.close()


def test_segments_are_listed_in_the_order_of_the_chain(tmp_path):
    for name in ("000000000000010-0000000a.jsonl", "000000000000002-ffffffff.jsonl", "ledger.key", "x.jsonl", "1.tmp"):
        (tmp_path / name).write_text("")
    assert segment_names(tmp_path) == ["000000000000002-ffffffff.jsonl", "000000000000010-0000000a.jsonl"]


def test_a_removed_file_is_gone(tmp_path):
    folder = Folder.open(tmp_path / "ledger")
    file = folder.create("a.jsonl")
    folder.sync(file)
    folder.sync_names()
    folder.shut(file)
    folder.remove("a.jsonl")
    assert not (tmp_path / "ledger" / "a.jsonl").exists()
    folder.close()
