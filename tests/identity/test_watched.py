from __future__ import annotations

import os

import pytest

from yett.errors import StoreError
from yett.identity.owner_file import OwnerFile
from yett.identity.watched import LOOK_SECONDS, Watched


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "list"
    made.write_bytes(b"a")
    made.chmod(0o600)
    os.utime(made, (1_000_000_000, 1_000_000_000))  # long settled
    return made


def followed(path):
    watched = Watched(OwnerFile(path, "list of names"))
    watched.keep(watched.look(0.0))
    return watched


def test_it_is_looked_at_when_it_is_due(path):
    watched = followed(path)
    assert not watched.due(LOOK_SECONDS - 0.01)
    assert watched.due(LOOK_SECONDS)


def test_what_has_not_changed_is_not_read_again(path):
    watched = followed(path)
    assert (watched.look(1.0), watched.content, watched.same) == (None, b"a", True)


def test_what_has_changed_is_read(path):
    watched = followed(path)
    path.write_bytes(b"bb")
    assert watched.look(1.0).content == b"bb"
    assert not watched.same
    assert watched.content == b"a"  # until it could be used


def test_what_has_just_changed_is_read_again_for_it_may_change_without_showing_it(path):
    path.write_bytes(b"c")
    watched = followed(path)
    assert watched.look(1.0).content == b"c"
    assert watched.same


def test_a_file_that_is_gone_has_no_mark(path):
    watched = followed(path)
    path.unlink()
    assert watched.look(1.0).mark is None


def test_what_was_forgotten_is_read_again(path):
    watched = followed(path)
    watched.forget()
    assert watched.content is None
    assert watched.look(1.0).content == b"a"


def test_a_file_that_others_may_write_is_an_error_and_not_the_one_that_was_kept(path):
    watched = followed(path)
    path.chmod(0o666)
    with pytest.raises(StoreError, match="others can read or write"):
        watched.look(1.0)
    assert not watched.same
