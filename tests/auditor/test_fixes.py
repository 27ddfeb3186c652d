import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.finding import Confidence, Edit, Finding, Place, Severity
from yett.auditor.fixes import Fixed, edited, fix_files


def edit(text, line=1, column=1, end_column=1, end_line=0, path="a.json"):
    place = Place(path=path, line=line, column=column, end_line=end_line or line, end_column=end_column)
    return Edit(place=place, text=text)


def finding(*edits):
    return Finding(
        rule="r",
        severity=Severity.LOW,
        confidence=Confidence.HIGH,
        place=Place(path="a.json"),
        message="",
        subject="",
        edits=edits,
    )


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'{"a": "secret"}\r\n')
    path.chmod(0o600)
    return path


def test_a_file_is_edited_and_its_copy_kept(file):
    content = file.read_bytes()
    done = fix_files([finding(edit('"${A}"', 1, 7, 15))], {"a.json": (file, content)})
    assert done == (Fixed(path="a.json", edits=1, rules=("r",), backup="a.json.before-yett"),)
    assert file.read_bytes() == b'{"a": "${A}"}\r\n'
    copy = file.with_name("a.json.before-yett")
    assert copy.read_bytes() == content
    assert (file.stat().st_mode & 0o777, copy.stat().st_mode & 0o777) == (0o600, 0o600)
    assert len(list(file.parent.iterdir())) == 2


def test_an_older_copy_is_never_overwritten(file):
    file.with_name("a.json.before-yett").write_text("older")
    done = fix_files([finding(edit("x", 1, 1, 2))], {"a.json": (file, file.read_bytes())})
    assert done[0].backup == "a.json.before-yett-2"
    assert file.with_name("a.json.before-yett").read_text() == "older"


def test_a_file_that_changed_meanwhile_is_left_alone(file):
    done = fix_files([finding(edit("x", 1, 1, 2))], {"a.json": (file, b"as it was")})
    assert done[0].refused == "it changed while it was audited: try again"
    assert file.read_bytes() == b'{"a": "secret"}\r\n'


def test_a_link_is_not_replaced_by_a_file(file, tmp_path):
    link = tmp_path / "link.json"
    link.symlink_to(file)
    done = fix_files([finding(edit("x", 1, 1, 2))], {"a.json": (link, file.read_bytes())})
    assert done[0].refused == f"it is a symbolic link: fix {file}"
    assert link.is_symlink()


def test_what_is_not_on_this_disk_cannot_be_fixed():
    assert fix_files([finding(edit("x"))], {})[0].refused == "it is not a file on this disk"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(file):
    file.parent.chmod(0o500)
    assert fix_files([finding(edit("x", 1, 1, 2))], {"a.json": (file, file.read_bytes())})[0].refused


def test_an_edit_outside_of_the_text_is_not_made(file):
    for wrong in (edit("x", 9), edit("x", 1, 99, 100), edit("x", 0), edit("x", 1, 5, 2)):
        done = fix_files([finding(wrong)], {"a.json": (file, file.read_bytes())})
        assert done[0].refused == "its edits do not fit its lines"


def test_edits_are_made_at_their_places():
    text = "ab\ncd\r\nef"
    assert edited(text, [edit("X", 3, 1, 2), edit("Y", 1, 2, 3), edit("Y", 1, 2, 3)]) == ("aY\ncd\r\nXf", 2)
    assert edited(text, [edit("-", 1, 2, 2, end_line=3)]) == ("a-f", 1)


def test_of_two_edits_that_overlap_one_is_made():
    assert edited("abcdef", [edit("X", 1, 1, 4), edit("Y", 1, 3, 6)]) == ("Xdef", 1)


def test_a_byte_order_mark_is_no_column():
    assert edited("\ufeffab", [edit("X", 1, 1, 2)]) == ("\ufeffXb", 1)


@given(st.text(alphabet="ab\r\n\ufeff", max_size=30), st.lists(st.tuples(*[st.integers(0, 8)] * 4), max_size=5))
def test_no_edit_loses_what_is_outside_of_it(text, spans):
    edits = [edit("", line, column, end, end_line) for line, column, end_line, end in spans]
    result, made = edited(text, edits)
    assert len(result) <= len(text)
    assert (result == text) if not made else True
