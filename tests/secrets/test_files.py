from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from yett.errors import SecretError
from yett.secrets.files import FILE_LIMIT, _check, read_file, read_token, signature


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_bytes(b"hunter2\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("content", "value"),
    [(b"a", "a"), (b"a\n", "a"), (b"a\n\n", "a\n"), (b"a\r\n", "a"), (b" a \n", " a "), (b"", ""), (b"\n", "")],
)
def test_exactly_one_final_newline_is_stripped(secret_file, content, value):
    secret_file.write_bytes(content)
    assert read_file(secret_file) == value


def refusal(path: Path) -> str:
    with pytest.raises(SecretError) as caught:
        read_file(path)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value).replace(str(path), "FILE")


def test_a_missing_file_is_refused(tmp_path):
    assert refusal(tmp_path / "none") == "cannot open the secret file `FILE`: no such file or directory"


def test_a_file_others_can_read_is_refused(secret_file):
    secret_file.chmod(0o640)
    assert refusal(secret_file) == "the secret file `FILE` can be read by others; run `chmod 600 FILE`"
    secret_file.chmod(0o604)
    assert refusal(secret_file) == "the secret file `FILE` can be read by others; run `chmod 600 FILE`"


def test_a_symbolic_link_is_refused(secret_file, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(secret_file)
    assert refusal(link) == (
        "cannot open the secret file `FILE`: it is a symbolic link; name the file itself, "
        "or its folder in `secrets.mounts`"
    )


def test_a_fifo_is_refused_without_waiting(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo, 0o600)
    assert refusal(fifo) == "the secret file `FILE` is not a regular file"


def test_a_folder_is_refused(tmp_path):
    assert refusal(tmp_path) == "the secret file `FILE` is not a regular file"


def test_a_device_is_refused():
    assert refusal(Path("/dev/zero")) == "the secret file `FILE` is not a regular file"


def test_the_size_is_bounded(secret_file):
    secret_file.write_bytes(b"x" * FILE_LIMIT)
    assert len(read_file(secret_file)) == FILE_LIMIT
    secret_file.write_bytes(b"x" * (FILE_LIMIT + 1))
    assert refusal(secret_file) == "the secret file `FILE` is larger than 64 KiB"


def test_binary_content_is_refused_without_showing_it(secret_file):
    secret_file.write_bytes(b"hunter2\xff")
    assert refusal(secret_file) == "the secret file `FILE` is not UTF-8 text"


def test_a_name_that_cannot_be_a_path_is_refused():
    assert re.search("its name cannot be a path", refusal(Path("a\x00b")))


def test_a_file_of_somebody_else_is_refused():
    # mode, ino, dev, nlink, uid, gid, size, three times: made up, because only root can give a file away.
    status = os.stat_result((0o100600, 1, 1, 1, os.geteuid() + 1, 0, 8, 0, 0, 0))
    with pytest.raises(SecretError, match="the secret file `x` belongs to somebody else"):
        _check(status, Path("x"))


# A folder as the kubelet mounts it: links to a dated folder, which is swapped whole.


@pytest.fixture
def mount(tmp_path: Path) -> Path:
    folder = tmp_path / "mount"
    dated = folder / "..2026_11_23"
    dated.mkdir(parents=True)
    (dated / "token").write_text("hunter2")
    (dated / "token").chmod(0o440)
    (folder / "..data").symlink_to("..2026_11_23")
    (folder / "token").symlink_to("..data/token")
    return folder


def mounted_refusal(path: Path, mounts: list[Path]) -> str:
    with pytest.raises(SecretError) as caught:
        read_file(path, mounts)
    return str(caught.value).replace(str(path), "FILE")


def test_a_mounted_secret_is_read_where_its_folder_is_named(mount):
    assert read_file(mount / "token", [mount]) == "hunter2"
    assert "it is a symbolic link" in mounted_refusal(mount / "token", [])
    assert "it is a symbolic link" in mounted_refusal(mount / "token", [mount.parent])


def test_a_link_out_of_a_mount_is_refused(mount, tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("hunter3")
    outside.chmod(0o400)
    (mount / "evil").symlink_to(outside)
    assert mounted_refusal(mount / "evil", [mount]) == "the secret file `FILE` is a link that leads out of its folder"
    (mount / "up").symlink_to("../outside")
    assert mounted_refusal(mount / "up", [mount]) == "the secret file `FILE` is a link that leads out of its folder"


def test_a_mounted_secret_that_others_can_read_is_refused(mount):
    (mount / "..data" / "token").chmod(0o444)
    assert mounted_refusal(mount / "token", [mount]) == (
        "the secret file `FILE` can be read or changed by others; set `defaultMode: 0440` on its volume"
    )


def test_a_fifo_or_device_in_a_mount_is_refused(mount):
    os.mkfifo(mount / "fifo", 0o440)
    assert mounted_refusal(mount / "fifo", [mount]) == "the secret file `FILE` is not a regular file"
    (mount / "zero").symlink_to("/dev/zero")
    assert mounted_refusal(mount / "zero", [mount]) == "the secret file `FILE` is a link that leads out of its folder"


def test_the_signature_changes_when_the_kubelet_swaps_the_folder(mount):
    before = signature(mount / "token")
    (mount / "..new").mkdir()
    (mount / "..new" / "token").write_text("hunter3")
    (mount / "..data").unlink()
    (mount / "..data").symlink_to("..new")
    assert signature(mount / "token") not in {before, None}
    assert signature(mount / "none") is None


def test_a_token_of_the_platform_may_be_a_link_and_readable(mount):
    (mount / "..data" / "token").chmod(0o644)
    assert read_token(mount / "token") == "hunter2"


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb", b"\xff", b"x" * (FILE_LIMIT + 1)])
def test_a_file_without_a_token_is_refused(tmp_path, content):
    path = tmp_path / "token"
    path.write_bytes(content)
    with pytest.raises(SecretError, match="holds no token"):
        read_token(path)
