import hashlib
import json

from yett.ledger.chain import Chain, Head
from yett.ledger.mac import key_id
from yett.ledger.reading import Rest
from yett.ledger.record import Previous
from yett.ledger.recovery import Found, recover

KEY = b"k" * 32
NAME = "000000000000001-00000000.jsonl"


def bodies(count, key=KEY):
    start = json.dumps({"kind": "segment", "key": key_id(key)}).encode()
    return [start, *(json.dumps({"kind": "event", "event": str(number)}).encode() for number in range(count - 1))]


def segment(path, count=4, *, name=NAME, head=None, key=KEY):
    content, after = Chain(key).seal(bodies(count, key), head or Head())
    (path / name).write_bytes(content)
    return content, after


def test_an_empty_folder_begins_a_ledger(tmp_path):
    assert recover(tmp_path, KEY) == Found()


def test_a_whole_ledger_goes_on_from_its_last_record(tmp_path):
    content, head = segment(tmp_path)
    assert recover(tmp_path, KEY) == Found(head=head, previous=Previous(file=NAME, bytes=len(content)))


def test_a_torn_line_is_measured_and_left_alone(tmp_path):
    content, head = segment(tmp_path)
    torn = b'{"seq":5,"prev":"00'
    (tmp_path / NAME).write_bytes(content + torn)
    left = Rest(offset=len(content), bytes=len(torn), sha256=hashlib.sha256(torn).hexdigest())
    assert recover(tmp_path, KEY) == Found(
        head=head, previous=Previous(file=NAME, bytes=len(content)), torn=((NAME, left),)
    )
    assert (tmp_path / NAME).read_bytes() == content + torn


def test_zeros_that_a_power_cut_leaves_are_a_torn_line(tmp_path):
    content, head = segment(tmp_path)
    (tmp_path / NAME).write_bytes(content + b"\0" * 4096)
    found = recover(tmp_path, KEY)
    assert (found.head, [left.bytes for _, left in found.torn], found.damaged) == (head, [4096], ())


def test_edited_lines_are_damage_and_no_torn_line(tmp_path):
    content, _ = segment(tmp_path)
    lines = content.splitlines(keepends=True)
    changed = lines[3].replace(b'"2"', b'"9"')
    (tmp_path / NAME).write_bytes(b"".join(lines[:3]) + changed)
    found = recover(tmp_path, KEY)
    kept = b"".join(lines[:3])
    assert found.head.sequence == 3
    assert found.previous == Previous(file=NAME, bytes=len(kept))
    assert (found.torn, [left.bytes for _, left in found.damaged]) == ((), [len(changed)])


def test_an_endless_line_is_damage(tmp_path):
    content, head = segment(tmp_path)
    (tmp_path / NAME).write_bytes(content + b"x" * (3 * 1024 * 1024))
    found = recover(tmp_path, KEY)
    assert (found.head, found.torn, len(found.damaged)) == (head, (), 1)


def test_files_without_a_record_are_passed_over(tmp_path):
    content, head = segment(tmp_path)
    (tmp_path / "000000000000005-00000000.jsonl").write_bytes(b"")
    (tmp_path / "000000000000005-ffffffff.jsonl").write_bytes(b'{"seq"')
    found = recover(tmp_path, KEY)
    assert (found.head, found.previous) == (head, Previous(file=NAME, bytes=len(content)))
    assert [name for name, _ in found.torn] == ["000000000000005-ffffffff.jsonl"]


def test_the_newest_segment_counts(tmp_path):
    _, middle = segment(tmp_path)
    second = "000000000000005-00000000.jsonl"
    content, head = segment(tmp_path, 2, name=second, head=middle)
    assert recover(tmp_path, KEY) == Found(head=head, previous=Previous(file=second, bytes=len(content)))


def test_a_ledger_of_another_key_is_continued(tmp_path):
    content, head = segment(tmp_path, key=b"old" * 11)
    assert recover(tmp_path, KEY) == Found(head=head, previous=Previous(file=NAME, bytes=len(content)))


def test_a_folder_of_garbage_begins_anew_and_says_so(tmp_path):
    (tmp_path / NAME).write_bytes(b"garbage\n\xff\xff\n")
    found = recover(tmp_path, KEY)
    assert (found.head, found.previous, [left.bytes for _, left in found.damaged]) == (Head(), None, [11])
