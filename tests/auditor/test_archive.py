import gzip
import io
import struct
import tarfile
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yett.auditor import archive
from yett.auditor.archive import is_archive, read_archive
from yett.auditor.bounds import Bounds, Budget
from yett.errors import TargetError


def budget(**bounds):
    return Budget(Bounds(**bounds), time.monotonic)


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return path


def tarred(path, members):
    with tarfile.open(path, "w:gz") as file:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                file.addfile(member)
            else:
                member.size = len(content)
                file.addfile(member, io.BytesIO(content))
    return path


def why(skipped):
    return {each.path: each.why for each in skipped}


def test_archives_are_told_by_their_names():
    assert all(map(is_archive, ("a.whl", "a.tar.gz", "A.TGZ", "a.mcpb")))
    assert not is_archive("a.py")


def test_a_wheel_is_read_without_unpacking(tmp_path):
    path = zipped(tmp_path / "a-1-py3-none-any.whl", [("a/x.py", "import os"), ("a-1.dist-info/METADATA", "Name: a")])
    assert read_archive(path, budget()) == ({"a/x.py": b"import os", "a-1.dist-info/METADATA": b"Name: a"}, [])
    assert list(tmp_path.iterdir()) == [path]


def test_the_folder_that_holds_everything_is_left_out_of_the_paths(tmp_path):
    path = tarred(tmp_path / "a-1.tgz", [("package/index.js", b"x"), ("package/logo.png", b"x")])
    files, skipped = read_archive(path, budget())
    assert files == {"index.js": b"x"}
    assert why(skipped) == {"logo.png": "not text"}


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "C:\\x.py", "a/../../x", "\\\\host\\x"])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_name_that_leads_out_is_refused(tmp_path, name, pack):
    path = pack(tmp_path / ("a.whl" if pack is zipped else "a.tgz"), [(name, b"x"), ("ok.py", b"x")])
    files, skipped = read_archive(path, budget())
    assert files == {"ok.py": b"x"}
    assert [each.why for each in skipped] == ["its name leads out of the archive"]


def test_links_in_a_tar_are_not_followed(tmp_path):
    path = tarred(tmp_path / "a.tgz", [("p/a", "/etc/passwd"), ("p/b.py", b"x")])
    files, skipped = read_archive(path, budget())
    assert files == {"b.py": b"x"}
    assert why(skipped) == {"a": "a link or a device, not followed"}


def test_a_zip_bomb_is_capped_by_what_it_expands_to(tmp_path):
    path = zipped(tmp_path / "a.whl", [(f"{n}.txt", b"a" * 100_000) for n in range(5)])
    files, skipped = read_archive(path, budget(bytes=250_000, one_file=200_000))
    assert len(files) == 2
    assert set(why(skipped).values()) == {"more than 250000 bytes in all"}


def test_a_size_that_lies_is_not_believed(tmp_path):
    path = zipped(tmp_path / "a.whl", [("a.txt", b"a" * 100_000)])
    raw = bytearray(path.read_bytes())
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<L", 10)
    path.write_bytes(raw)
    with_lie, skipped = read_archive(path, budget(one_file=1_000))
    assert sum(map(len, with_lie.values())) <= 1_000 or skipped


def test_a_tar_bomb_is_capped_while_it_is_passed_over(tmp_path):
    path = tarred(tmp_path / "a.tgz", [("p/a.txt", b"x"), ("p/big.bin", b"\0" * 4_000_000), ("p/c.txt", b"x")])
    files, skipped = read_archive(path, budget(bytes=100_000, one_file=50_000))
    assert files == {"a.txt": b"x"}
    assert why(skipped)["a.tgz"] == "it expands without end: the rest of this archive was not read"


def test_a_directory_that_fills_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "_LARGEST_DIRECTORY", 100)
    path = zipped(tmp_path / "a.whl", [(f"{n}.py", b"") for n in range(9)])
    with pytest.raises(TargetError, match="a zip directory of more than 100 bytes"):
        read_archive(path, budget())


def test_an_encrypted_or_broken_member_does_not_hide_the_others(tmp_path):
    path = zipped(tmp_path / "a.whl", [("a.py", b"secret" * 50), ("b.py", b"x")])
    raw = bytearray(path.read_bytes())
    at = raw.find(b"PK\x01\x02")
    raw[at + 8] |= 1
    path.write_bytes(raw)
    files, skipped = read_archive(path, budget())
    assert files == {"b.py": b"x"}
    assert "cannot be unpacked" in why(skipped)["a.py"]


def test_the_same_name_twice_is_said(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path / "a.whl", [("a.py", b"1"), ("a.py", b"2")])
    files, skipped = read_archive(path, budget())
    assert files == {"a.py": b"1"}
    assert why(skipped) == {"a.py": "stands in the archive twice: the first was read"}


@pytest.mark.parametrize("name", ["a.whl", "a.tgz", "a.tar", "a.mcpb"])
@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"no archive at all", gzip.compress(b"no tar", mtime=0)])
def test_what_is_no_archive_is_an_error_in_words(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    outcomes = []
    try:
        outcomes.append(read_archive(path, budget())[0])
    except TargetError as error:
        outcomes.append(str(error).partition(" (")[0])
    assert outcomes[0] in ({}, "not an archive that can be read")


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    members = [("p/a.py", b"import os\n" * 20), ("p/b.py", b"x")]
    return folder, zipped(folder / "z.whl", members).read_bytes(), tarred(folder / "t.tgz", members).read_bytes()


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_damage_breaks_the_reader(samples, data):
    folder, *raws = samples
    which = data.draw(st.integers(0, 1))
    raw = bytearray(raws[which])
    for _ in range(data.draw(st.integers(0, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = folder / ("damaged.whl", "damaged.tgz")[which]
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    try:
        files, skipped = read_archive(path, budget())
    except TargetError:
        return
    assert all(isinstance(content, bytes) for content in files.values())
    assert all(each.why for each in skipped)
