import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.errors import LedgerError
from yett.ledger.chain import MAX_LINE
from yett.ledger.reading import Line, Rest, last_line, lines, opened, rest


def reader(path, content):
    path.write_bytes(content)
    return opened(path)


def test_lines_come_with_their_offsets(tmp_path):
    with reader(tmp_path / "f", b"one\n\nthree") as file:
        assert list(lines(file)) == [
            Line(offset=0, text=b"one", ended=True),
            Line(offset=4, text=b"", ended=True),
            Line(offset=5, text=b"three", ended=False),
        ]


def test_reading_can_begin_anywhere(tmp_path):
    with reader(tmp_path / "f", b"one\ntwo\n") as file:
        assert list(lines(file, 4)) == [Line(offset=4, text=b"two", ended=True)]


def test_an_endless_line_costs_bounded_memory_and_ends_the_reading(tmp_path):
    with reader(tmp_path / "f", b"x" * (MAX_LINE * 3) + b"\nmore\n") as file:
        found = list(lines(file))
    assert [(line.offset, len(line.text), line.ended) for line in found] == [(0, MAX_LINE + 1, False)]


def test_the_rest_is_known_by_its_digest(tmp_path):
    with reader(tmp_path / "f", b"head" + b"x" * 200_000) as file:
        assert rest(file, 4) == Rest(offset=4, bytes=200_000, sha256=hashlib.sha256(b"x" * 200_000).hexdigest())


def test_the_last_whole_line_is_found_from_the_end(tmp_path):
    with reader(tmp_path / "f", b"one\ntwo\nhalf") as file:
        assert last_line(file) == Line(offset=4, text=b"two", ended=True)


def test_a_last_line_out_of_reach_is_not_made_up(tmp_path):
    for content in (b"", b"half", b"a\n" + b"x" * (2 * MAX_LINE), b"x" * (2 * MAX_LINE) + b"\n"):
        with reader(tmp_path / "f", content) as file:
            assert last_line(file) is None


@given(content=st.binary(max_size=60).map(lambda raw: raw.replace(b"a", b"\n")))
def test_lines_and_last_line_agree(tmp_path_factory, content):
    with reader(tmp_path_factory.getbasetemp() / "agree", content) as file:
        whole = [line for line in lines(file) if line.ended]
        assert last_line(file) == (whole[-1] if whole else None)


def test_links_pipes_and_folders_are_not_read(tmp_path):
    (tmp_path / "real").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder", "missing"):
        with pytest.raises(LedgerError, match=name):
            opened(tmp_path / name)
