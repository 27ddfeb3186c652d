from __future__ import annotations

import os
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.errors import SafeError, UnsafeInput
from yett.safe import beneath, files
from yett.safe.files import confine, entries


@pytest.fixture(params=["kernel", "walk"])
def root(request, tmp_path, monkeypatch):
    """Make a folder with something in it, beside something that is nobody's business; for both ways to open."""
    if request.param == "kernel" and not beneath.has_openat2():
        pytest.skip("the kernel has no openat2")
    if request.param == "walk":
        monkeypatch.setattr(beneath, "has_openat2", lambda: False)
    folder = tmp_path / "root"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "file").write_bytes(b"inside")
    (tmp_path / "secret").write_bytes(b"outside")
    (tmp_path / "root-too").mkdir()
    (tmp_path / "root-too" / "file").write_bytes(b"outside")
    return folder


@pytest.mark.parametrize("path", ["sub/file", "./sub//file", "sub/./file"])
def test_a_file_below_is_read(root, path):
    with confine(root, path) as file:
        assert file.read() == b"inside"


def test_an_absolute_path_below_the_root_is_fine(root):
    with confine(root, root / "sub" / "file") as file:
        assert file.read() == b"inside"


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "sub/../../secret",
        "/etc/passwd",
        "..",
        "sub/..",
        "",
        "\x00",
        "sub/file\x00.txt",
        ".",
        "sub/../sub/file",
    ],
)
def test_whatever_could_lead_out_is_refused(root, path):
    with pytest.raises(UnsafeInput):
        confine(root, path)


def test_a_folder_whose_name_begins_like_the_root_is_another_one(root):
    with pytest.raises(UnsafeInput, match="not below"):
        confine(root, str(root) + "-too/file")


def test_links_are_not_followed(root):
    (root / "out").symlink_to(root.parent / "secret")
    (root / "up").symlink_to("..")
    (root / "in").symlink_to("sub/file")
    for path in ("out", "up/secret", "in"):
        with pytest.raises(UnsafeInput, match="link"):
            confine(root, path)
        with pytest.raises(UnsafeInput, match="link"):
            confine(root, path, "wb")
    assert (root.parent / "secret").read_bytes() == b"outside"


def test_the_root_itself_may_be_a_link(root):
    (root.parent / "alias").symlink_to(root)
    with confine(root.parent / "alias", "sub/file") as file:
        assert file.read() == b"inside"


def test_writing_appending_and_making_files(root):
    with confine(root, "new", "xb") as file:
        file.write(b"one")
    with confine(root, "new", "ab") as file:
        file.write(b" two")
    assert (root / "new").read_bytes() == b"one two"
    with confine(root, "new", "wb") as file:
        file.write(b"3")
    with confine(root, "new", "r+b") as file:
        assert file.read() == b"3"
    with pytest.raises(FileExistsError):
        confine(root, "new", "xb")


def test_only_regular_files_are_opened_and_none_is_waited_for(root):
    os.mkfifo(root / "fifo")
    for path in ("fifo", "sub"):
        with pytest.raises(UnsafeInput, match="not a regular file"):
            confine(root, path)
    with pytest.raises(OSError):
        confine(root, "fifo", "wb")


def test_usual_errors_are_the_usual_ones_and_do_not_show_the_root(root):
    with pytest.raises(FileNotFoundError) as caught:
        confine(root, "sub/missing")
    assert (caught.value.filename, str(root) in str(caught.value)) == ("sub/missing", False)


def test_a_mode_that_is_none_is_a_mistake_of_the_author(root):
    with pytest.raises(ValueError, match="no mode"):
        confine(root, "sub/file", "r")


def test_long_and_deep_paths_are_refused(root):
    for path in ("x" * (files.PATH_BYTES + 1), "a/" * (files.NAMES + 1) + "b", "\ud800"):
        with pytest.raises(UnsafeInput):
            confine(root, path)


def test_a_listing_names_what_is_there(root):
    (root / "link").symlink_to("sub")
    assert entries(root) == ["link", "sub/"]
    assert entries(root, "sub") == ["file"]
    for path in ("link", "..", "/"):
        with pytest.raises(UnsafeInput):
            entries(root, path)
    with pytest.raises(NotADirectoryError):
        entries(root, "sub/file")


def test_a_listing_is_bounded(root, monkeypatch):
    monkeypatch.setattr(files, "ENTRIES", 1)
    (root / "another").touch()
    with pytest.raises(UnsafeInput, match="more than 1 names"):
        entries(root)


def test_where_it_cannot_be_done_it_is_refused(root, monkeypatch):
    monkeypatch.setattr(beneath, "can_confine", lambda: False)
    with pytest.raises(SafeError, match="cannot be confined on this system"):
        confine(root, "sub/file")


def test_a_folder_that_becomes_a_link_between_two_looks_leads_nowhere(root):
    """The race that a check of the path loses: `sub` is the folder at one moment and a link to outside at the next."""
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"outside")
    (root / "away").symlink_to(outside)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (root / "sub").rename(root / "folder")
            (root / "away").rename(root / "sub")
            (root / "sub").rename(root / "away")
            (root / "folder").rename(root / "sub")

    swapping = threading.Thread(target=swap)
    swapping.start()
    seen = {"inside": 0, "link": 0, "missing": 0}
    try:
        deadline = time.process_time() + 20
        while min(seen.values()) < 20 and time.process_time() < deadline:
            try:
                with confine(root, "sub/file") as file:
                    assert file.read() == b"inside"
                    seen["inside"] += 1
            except (UnsafeInput, NotADirectoryError):  # the link may be a folder again when it is looked at
                seen["link"] += 1
            except FileNotFoundError:
                seen["missing"] += 1
    finally:
        stop.set()
        swapping.join()
    assert min(seen.values()) > 0, seen  # each of the moments was met


def test_a_check_of_the_path_does_lose_that_race(tmp_path):
    """What the test above is worth: the usual check, and then a link in its place."""
    (tmp_path / "root" / "sub").mkdir(parents=True)
    (tmp_path / "root" / "sub" / "file").write_bytes(b"inside")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_bytes(b"outside")
    path = tmp_path / "root" / "sub" / "file"
    assert path.resolve().is_relative_to(tmp_path / "root")
    (tmp_path / "root" / "sub").rename(tmp_path / "root" / "old")
    (tmp_path / "root" / "sub").symlink_to(tmp_path / "outside")
    assert path.read_bytes() == b"outside"


_PART = st.sampled_from(
    ["a", "sub", "file", "out", "..", ".", "", "secret", "/", "root", "\\", "~", "%2e%2e"]
) | st.text(max_size=3)


@given(st.lists(_PART, max_size=6), st.booleans())
def test_no_path_leads_out(tmp_path_factory, parts, absolute):
    base = tmp_path_factory.mktemp("confine")
    folder = base / "root"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "file").write_bytes(b"inside")
    (folder / "out").symlink_to(base)
    (base / "secret").write_bytes(b"outside")
    path = ("/" if absolute else "") + "/".join(parts)
    try:
        with confine(folder, path) as file:
            assert file.read() == b"inside"
    except (UnsafeInput, OSError):
        pass
