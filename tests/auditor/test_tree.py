import os
import time

import pytest

from yett.auditor.bounds import Bounds, Budget
from yett.auditor.subject import Skipped
from yett.auditor.tree import read_file, read_tree


def budget(**bounds):
    return Budget(Bounds(**bounds), time.monotonic)


def why(skipped):
    return {each.path: each.why for each in skipped}


def test_what_is_shipped_is_read_and_what_is_installed_is_named(tmp_path):
    for name in ("src/a.py", "dist/a.js", "build/b.js", "node_modules/x/i.js", ".git/config", "env/pyvenv.cfg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    files, skipped = read_tree(tmp_path, budget())
    assert files == {name: name.encode() for name in ("build/b.js", "dist/a.js", "src/a.py")}
    assert why(skipped) == {
        "node_modules/": "installed dependencies",
        ".git/": "version control",
        "env/": "a virtual environment",
    }


def test_no_symbolic_link_is_followed(tmp_path):
    (tmp_path / "secret").write_text("root:x")
    root = tmp_path / "root"
    root.mkdir()
    (root / "file").symlink_to(tmp_path / "secret")
    (root / "folder").symlink_to("/etc")
    (root / "loop").symlink_to(root)
    files, skipped = read_tree(root, budget())
    assert files == {}
    assert why(skipped) == dict.fromkeys(("file", "folder", "loop"), "a symbolic link, not followed")


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="this system cannot refuse links when it opens a file")
def test_a_file_that_became_a_link_is_not_followed(tmp_path):
    (tmp_path / "secret").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    assert isinstance(read_file(tmp_path / "link", budget()), str)


def test_what_is_no_file_is_named_and_does_not_make_us_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert read_tree(tmp_path, budget()) == ({}, [Skipped(path="pipe", why="not a regular file")])
    assert read_file(tmp_path / "pipe", budget()) == "not a regular file"
    assert read_file(tmp_path, budget()) == "not a regular file"


def test_a_file_without_a_size_is_measured_while_it_is_read():
    assert read_file("/proc/self/status", budget(one_file=10)) == "larger than 10 bytes"


def test_files_that_hold_no_text_are_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"text")
    (tmp_path / "a.py").write_bytes(b"\0")
    files, skipped = read_tree(tmp_path, budget())
    assert files == {}
    assert why(skipped) == {"a.png": "not text", "a.py": "not text"}


def test_every_bound_is_kept_and_named(tmp_path):
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    for name in ("1", "2", "3"):
        (tmp_path / name).write_text("xxxx")
    assert why(read_tree(tmp_path, budget(depth=2))[1]) == {"a/b/c/": "more than 2 folders deep"}
    assert len(read_tree(tmp_path, budget(files=2))[0]) == 2
    assert why(read_tree(tmp_path, budget(bytes=8))[1]) == {"3": "more than 8 bytes in all"}
    assert why(read_tree(tmp_path, budget(one_file=3))[1]) == dict.fromkeys("123", "larger than 3 bytes")
    files, skipped = read_tree(tmp_path, budget(entries=2))
    assert len(files) <= 2
    assert skipped[0] == Skipped(path=".", why="more than 2 entries: the rest of this folder was not read")


def test_names_that_are_no_text_stay_readable(tmp_path):
    (tmp_path / os.fsdecode(b"\xff\n\x1b[31m.py")).write_text("x")
    files, _ = read_tree(tmp_path, budget())
    assert files == {"\\xff\n\x1b[31m.py": b"x"}


def test_a_folder_that_cannot_be_read_is_named(tmp_path):
    assert read_tree(tmp_path / "gone", budget()) == ({}, [Skipped(path=".", why="no such file or directory")])
    assert read_file(tmp_path / "gone", budget()) == "no such file or directory"
    assert read_file("a\0b", budget()) == "not a file name"
