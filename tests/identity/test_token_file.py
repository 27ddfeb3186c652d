import os
import subprocess
import sys

import pytest

from yett.errors import StoreError
from yett.identity.entry import Entry
from yett.identity.token_file import MAX_BYTES, TokenFile


def entry(number, user="alice"):
    return Entry(id=f"{number:08d}", digest=f"sha256:{number:064x}", user=user, expires=None)


def test_a_missing_file_has_no_tokens(tmp_path):
    file = TokenFile(tmp_path / "tokens.yaml")
    assert (file.read(), file.mark()) == ((), None)


def test_the_first_token_makes_the_file_for_its_owner_alone(tmp_path):
    old = os.umask(0)
    try:
        TokenFile(tmp_path / "tokens.yaml").add(entry(1))
    finally:
        os.umask(old)
    assert (tmp_path / "tokens.yaml").stat().st_mode & 0o777 == 0o600
    assert TokenFile(tmp_path / "tokens.yaml").read() == (entry(1),)


def test_tokens_are_added_in_their_order(tmp_path):
    file = TokenFile(tmp_path / "tokens.json")
    for number in (1, 2, 3):
        file.add(entry(number))
    assert file.read() == (entry(1), entry(2), entry(3))
    assert (tmp_path / "tokens.json").read_text().startswith("[\n")


def test_an_id_is_given_once(tmp_path):
    file = TokenFile(tmp_path / "tokens.yaml")
    file.add(entry(1))
    with pytest.raises(StoreError, match="has a token `00000001` already"):
        file.add(entry(1, user="mallory"))


def test_a_token_is_revoked_by_its_id(tmp_path):
    file = TokenFile(tmp_path / "tokens.yaml")
    for number in (1, 2):
        file.add(entry(number))
    assert file.revoke("00000001") == (entry(1),)
    assert file.read() == (entry(2),)


def test_all_tokens_of_a_user_are_revoked_by_the_name(tmp_path):
    file = TokenFile(tmp_path / "tokens.yaml")
    for one in (entry(1), entry(2, "bob"), entry(3)):
        file.add(one)
    assert file.revoke("alice") == (entry(1), entry(3))
    assert file.read() == (entry(2, "bob"),)


def test_an_id_goes_before_a_user_of_the_same_name(tmp_path):
    file = TokenFile(tmp_path / "tokens.yaml")
    for one in (entry(1), entry(2, "00000001")):
        file.add(one)
    assert file.revoke("00000001") == (entry(1),)


def test_revoking_nobody_changes_nothing(tmp_path):
    file = TokenFile(tmp_path / "tokens.yaml")
    file.add(entry(1))
    mark = file.mark()
    assert file.revoke("mallory") == ()
    assert file.mark() == mark


def test_a_change_replaces_the_file_whole(tmp_path):
    file = TokenFile(tmp_path / "tokens.yaml")
    file.add(entry(1))
    inode = (tmp_path / "tokens.yaml").stat().st_ino
    held = (tmp_path / "tokens.yaml").open()
    file.add(entry(2))
    assert (tmp_path / "tokens.yaml").stat().st_ino != inode
    assert held.read().count("- id") == 1
    held.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".tokens.yaml.lock", "tokens.yaml"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o777])
def test_a_file_that_others_reach_is_refused(tmp_path, mode):
    file = TokenFile(tmp_path / "tokens.yaml")
    file.add(entry(1))
    (tmp_path / "tokens.yaml").chmod(mode)
    for act in (file.read, lambda: file.add(entry(2)), lambda: file.revoke("alice")):
        with pytest.raises(StoreError, match="chmod 600"):
            act()


def test_links_pipes_and_folders_are_refused(tmp_path):
    TokenFile(tmp_path / "real").add(entry(1))
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(0o700)
    for name, why in (("link", "a symbolic link"), ("pipe", "not a regular file"), ("folder", "not a regular file")):
        with pytest.raises(StoreError, match=why):
            TokenFile(tmp_path / name).read()


def test_a_link_is_not_written_through(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="a symbolic link"):
        TokenFile(tmp_path / "link").add(entry(1))
    assert not (tmp_path / "elsewhere").exists()


def test_a_huge_file_is_refused(tmp_path):
    (tmp_path / "tokens.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    (tmp_path / "tokens.yaml").chmod(0o600)
    with pytest.raises(StoreError, match="larger than"):
        TokenFile(tmp_path / "tokens.yaml").read()


def test_a_broken_file_is_not_overwritten(tmp_path):
    path = tmp_path / "tokens.yaml"
    path.write_text("- id: [")
    path.chmod(0o600)
    with pytest.raises(StoreError, match=r"tokens\.yaml:1"):
        TokenFile(path).add(entry(1))
    assert path.read_text() == "- id: ["


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(StoreError, match="cannot write the token file"):
        TokenFile(tmp_path / "missing" / "tokens.yaml").add(entry(1))


ADDER = """
import sys
from pathlib import Path
from yett.identity.entry import Entry
from yett.identity.token_file import TokenFile
file, first = TokenFile(Path(sys.argv[1])), int(sys.argv[2])
for number in range(first, first + 10):
    file.add(Entry(id=f"{number:08d}", digest=f"sha256:{number:064x}", user="alice", expires=None))
"""


def test_writers_at_the_same_time_lose_nothing(tmp_path):
    path = tmp_path / "tokens.yaml"
    adders = [subprocess.Popen([sys.executable, "-c", ADDER, path, str(first)]) for first in (0, 10, 20)]
    assert [adder.wait(60) for adder in adders] == [0, 0, 0]
    assert len(TokenFile(path).read()) == 30
