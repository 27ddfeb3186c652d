from __future__ import annotations

import pytest

from yett.errors import StoreError
from yett.identity.owner_file import MAX_BYTES, OwnerFile


def test_a_file_that_does_not_exist_is_empty_and_is_made_for_its_owner_alone(tmp_path):
    file = OwnerFile(tmp_path / "list", "list of names")
    assert (file.snapshot().content, file.mark()) == (b"", None)
    file.change(lambda before: before + b"a\n")
    assert (tmp_path / "list").stat().st_mode & 0o777 == 0o600
    assert file.snapshot().content == b"a\n"


def test_what_does_not_change_is_not_written(tmp_path):
    file = OwnerFile(tmp_path / "list", "list of names")
    file.change(lambda _: b"a")
    before = file.mark()
    file.change(lambda content: content)
    assert file.mark() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_a_file_that_others_may_use_is_refused_by_its_name(tmp_path, mode):
    path = tmp_path / "list"
    path.write_bytes(b"a")
    path.chmod(mode)
    with pytest.raises(StoreError, match=r"others can read or write the list of names `.*list`: run `chmod 600`"):
        OwnerFile(path, "list of names").snapshot()


def test_a_link_a_folder_and_a_file_that_is_too_large_are_refused(tmp_path):
    (tmp_path / "real").write_bytes(b"a")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "folder").mkdir()
    (tmp_path / "large").write_bytes(b"a" * (MAX_BYTES + 1))
    (tmp_path / "large").chmod(0o600)
    for name, why in (("link", "a symbolic link"), ("folder", "not a regular file"), ("large", "is larger than")):
        with pytest.raises(StoreError, match=why):
            OwnerFile(tmp_path / name, "list").snapshot()


def test_a_change_that_fails_leaves_the_file_as_it_was(tmp_path):
    file = OwnerFile(tmp_path / "list", "list of names")
    file.change(lambda _: b"a")

    def failing(_content):
        raise StoreError("no")

    with pytest.raises(StoreError, match="no"):
        file.change(failing)
    assert file.snapshot().content == b"a"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".list.lock", "list"]
