from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from pathlib import Path

import pytest

from yett.safe import beneath


@contextmanager
def _folder(path):
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "file").write_text("inside")
    (tmp_path / "secret").write_text("outside")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "up").symlink_to("..")
    (root / "a" / "same").symlink_to("b")
    return root


WAYS = [beneath.walk] + ([beneath._by_kernel] if beneath.has_openat2() else [])


@pytest.mark.parametrize("way", WAYS)
def test_a_file_below_is_opened(tree, way):
    with _folder(tree) as root:
        opened = way(root, ["a", "b", "file"], os.O_RDONLY, 0)
        assert os.read(opened, 100) == b"inside"
        assert not os.get_inheritable(opened)
        os.close(opened)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("names", [["link"], ["up", "secret"], ["a", "same", "file"], ["link", "x"]])
def test_no_link_is_followed_wherever_it_leads(tree, way, names):
    with _folder(tree) as root, pytest.raises(OSError) as caught:
        way(root, names, os.O_RDONLY, 0)
    assert caught.value.errno == errno.ELOOP


@pytest.mark.parametrize("way", WAYS)
def test_what_is_no_folder_leads_nowhere(tree, way):
    with _folder(tree) as root, pytest.raises(NotADirectoryError):
        way(root, ["a", "b", "file", "x"], os.O_RDONLY, 0)


@pytest.mark.skipif(not beneath.has_openat2(), reason="the kernel has no openat2")
@pytest.mark.parametrize("names", [["..", "secret"], ["a", "..", "..", "secret"], ["/etc/passwd"]])
def test_the_kernel_itself_refuses_to_leave(tree, names):
    with _folder(tree) as root, pytest.raises(OSError) as caught:
        beneath._by_kernel(root, names, os.O_RDONLY, 0)
    assert caught.value.errno == errno.EXDEV


def test_walking_leaves_no_descriptor_open(tree):
    with _folder(tree) as root:
        before = len(list(Path("/proc/self/fd").iterdir()))
        os.close(beneath.walk(root, ["a", "b", "file"], os.O_RDONLY))
        for names in (["a", "b", "missing"], ["a", "same", "file"], ["up", "x"]):
            with pytest.raises(OSError):
                beneath.walk(root, names, os.O_RDONLY)
        assert len(list(Path("/proc/self/fd").iterdir())) == before
