import pytest

from yett.errors import LedgerError
from yett.ledger.tail import Tail


def text(line):
    return None if line.startswith(b"#") else line.decode()


def segments(path, *contents):
    for number, content in enumerate(contents, 1):
        (path / f"{number:015d}-00000000.jsonl").write_bytes(content)


def begin():
    return text


def test_the_newest_lines_come_from_the_end(tmp_path):
    segments(tmp_path, b"a\nb\n", b"c\nd\ne\n")
    assert Tail(tmp_path).newest(2, begin) == ["d", "e"]


def test_older_segments_are_read_when_the_newest_has_too_little(tmp_path):
    segments(tmp_path, b"a\n", b"b\n", b"#\n", b"c\n", b"")
    assert Tail(tmp_path).newest(2, begin) == ["b", "c"]
    assert Tail(tmp_path).newest(9, begin) == ["a", "b", "c"]


def test_a_half_written_line_waits_for_its_end(tmp_path):
    segments(tmp_path, b"a\nhal")
    tail = Tail(tmp_path)
    assert tail.newest(5, begin) == ["a"]
    segments(tmp_path, b"a\nhalf\n")
    assert list(tail.more(text)) == ["half"]


def test_what_is_written_later_follows_once(tmp_path):
    segments(tmp_path, b"a\n")
    tail = Tail(tmp_path)
    tail.newest(0, begin)
    assert list(tail.more(text)) == []
    segments(tmp_path, b"a\nb\n", b"c\n")
    assert list(tail.more(text)) == ["b", "c"]
    assert list(tail.more(text)) == []


def test_an_empty_ledger_has_no_lines_yet(tmp_path):
    tail = Tail(tmp_path)
    assert tail.newest(5, begin) == []
    segments(tmp_path, b"a\n")
    assert list(tail.more(text)) == ["a"]


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(LedgerError, match="there is no ledger"):
        Tail(tmp_path / "missing")
