from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.gather import LARGEST_FILE, Format, gather
from yett.auditor.subject import Skipped, Text


def parse(path, text):
    return Skipped(path=path, why="broken") if "{{" in text else Text(path=path, lines=tuple(text.splitlines()))


NOTES = Format("notes", lambda path, _text: path.endswith(".txt"), parse)


def test_a_file_is_parsed_by_the_format_that_claims_it():
    gathered = gather({"b.txt": b"x", "a.bin": b"y"}, (NOTES,))
    assert gathered.subjects == (Text(path="b.txt", lines=("x",)),)
    assert gathered.skipped == ()


def test_what_cannot_be_read_is_named_with_the_reason():
    files = {"a.txt": b"{{", "b.txt": b"\xff", "c.txt": b"x" * (LARGEST_FILE + 1)}
    assert gather(files, (NOTES,)).skipped == (
        Skipped(path="a.txt", why="broken"),
        Skipped(path="b.txt", why="not UTF-8 text"),
        Skipped(path="c.txt", why=f"larger than {LARGEST_FILE} bytes"),
    )


@given(st.dictionaries(st.text(max_size=20), st.binary(max_size=200), max_size=5))
def test_no_bytes_make_gathering_raise(files):
    gather(files)
