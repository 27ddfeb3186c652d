import json
import shutil
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yett.errors import LedgerError
from yett.ledger.chain import Chain, Head
from yett.ledger.folder import Folder, segment_names
from yett.ledger.journal import Journal, Seal
from yett.ledger.mac import key_id
from yett.ledger.recovery import Found, recover
from yett.ledger.scribe import Scribe
from yett.ledger.stamp import Stamp
from yett.ledger.verify import Problem, Verification, verify

KEY = b"k" * 32
OLD = b"o" * 32


def write(path, count, *, key=KEY, segment_bytes=1500, clock=lambda: 0.0, found=None):
    """A ledger of `count` events in small segments, going on where `found` left off."""
    folder = Folder.open(path)
    scribe = Scribe(key, Stamp(clock, lambda: 1))
    seal = Seal(chain=Chain(key), key=key_id(key), kept="configured")
    journal = Journal(folder, found or Found(), seal, scribe, sync=False, segment_bytes=segment_bytes)
    for number in range(count):
        journal.append([scribe.event(f"e{number}", {})])
    journal.close()
    folder.close()
    return journal.head


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Three segments, and what is in them."""
    path = tmp_path_factory.mktemp("whole") / "l"
    write(path, 13)
    assert len(segment_names(path)) == 3
    return {name: (path / name).read_bytes() for name in segment_names(path)}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A folder to put changed copies into, again and again."""
    return tmp_path_factory.mktemp("copy")


def verified(folder, files, **more):
    for old in folder.iterdir():
        old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return verify(folder, KEY, **more)


def in_lines(files):
    """Each physical line with its file, in order."""
    return [(name, line) for name, content in files.items() for line in content.splitlines(keepends=True)]


def out_of_lines(files, pairs):
    return {name: b"".join(line for other, line in pairs if other == name) for name in files}


def test_a_whole_ledger_verifies(whole, copy):
    found = verified(copy, whole)
    last = json.loads(in_lines(whole)[-1][1])
    assert found == Verification(records=16, segments=3, head=Head(sequence=16, hash=last["hash"]))
    assert found.ok


def test_every_changed_bit_pattern_of_a_small_ledger_is_found(tmp_path, copy):
    write(tmp_path / "l", 1)
    (name,) = segment_names(tmp_path / "l")
    content = (tmp_path / "l" / name).read_bytes()
    for place in range(len(content)):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        assert not verified(copy, {name: changed}).ok, place


COPYING = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@COPYING
@given(data=st.data())
def test_any_changed_byte_is_found_where_it_is(whole, copy, data):
    name = data.draw(st.sampled_from(sorted(whole)))
    content = whole[name]
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != content[place]))
    found = verified(copy, whole | {name: content[:place] + bytes([byte]) + content[place + 1 :]})
    assert found.problem is not None
    assert found.problem.file == name
    assert found.problem.line == content[:place].count(b"\n") + 1


@COPYING
@given(data=st.data())
def test_any_removed_byte_is_found(whole, copy, data):
    name = data.draw(st.sampled_from(sorted(whole)))
    content = whole[name]
    last = name == max(whole)
    place = data.draw(st.integers(0, len(content) - (2 if last else 1)))  # the very last byte of all is the end
    assert not verified(copy, whole | {name: content[:place] + content[place + 1 :]}).ok


@COPYING
@given(data=st.data())
def test_any_inserted_byte_is_found(whole, copy, data):
    name = data.draw(st.sampled_from(sorted(whole)))
    content = whole[name]
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255))
    assert not verified(copy, whole | {name: content[:place] + bytes([byte]) + content[place:]}).ok


@COPYING
@given(data=st.data())
def test_any_deleted_record_is_found_in_its_place(whole, copy, data):
    pairs = in_lines(whole)
    place = data.draw(st.integers(0, len(pairs) - 2))  # the last record of all is the end: only an anchor shows that
    found = verified(copy, out_of_lines(whole, pairs[:place] + pairs[place + 1 :]))
    assert found.problem is not None
    assert found.problem.sequence == place + 1


@COPYING
@given(data=st.data())
def test_any_two_swapped_records_are_found(whole, copy, data):
    pairs = in_lines(whole)
    first = data.draw(st.integers(0, len(pairs) - 2))
    second = data.draw(st.integers(first + 1, len(pairs) - 1))
    lines = [line for _, line in pairs]
    lines[first], lines[second] = lines[second], lines[first]
    swapped = [(name, line) for (name, _), line in zip(pairs, lines, strict=True)]
    found = verified(copy, out_of_lines(whole, swapped))
    assert found.problem is not None
    assert found.problem.sequence == first + 1


@COPYING
@given(data=st.data())
def test_any_repeated_record_is_found(whole, copy, data):
    pairs = in_lines(whole)
    source = data.draw(st.integers(0, len(pairs) - 1))
    place = data.draw(st.integers(0, len(pairs)))
    name = pairs[min(place, len(pairs) - 1)][0]
    repeated = [*pairs[:place], (name, pairs[source][1]), *pairs[place:]]
    found = verified(copy, out_of_lines(whole, repeated))
    assert found.problem is not None


@COPYING
@given(data=st.data())
def test_any_cut_is_found_but_at_the_very_end(whole, copy, data):
    name = data.draw(st.sampled_from(sorted(whole)[:-1]))
    size = data.draw(st.integers(0, len(whole[name]) - 1))
    assert not verified(copy, whole | {name: whole[name][:size]}).ok


@COPYING
@given(data=st.data())
def test_a_cut_at_the_very_end_is_found_with_an_anchor_only(whole, copy, data):
    name = max(whole)
    size = data.draw(st.integers(0, len(whole[name]) - 1))
    files = whole | {name: whole[name][:size]}
    last = json.loads(in_lines(whole)[-1][1])
    assert verified(copy, files).ok
    found = verified(copy, files, anchor=Head(sequence=last["seq"], hash=last["hash"]))
    assert found.problem is not None
    assert "cut off" in found.problem.why


@COPYING
@given(st.sampled_from([0, 1]))
def test_a_missing_segment_is_found(whole, copy, missing):
    name = sorted(whole)[missing]
    assert not verified(copy, {other: content for other, content in whole.items() if other != name}).ok


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=300))
def test_no_file_breaks_the_verifier(copy, content):
    for old in copy.iterdir():
        old.unlink()
    (copy / "000000000000001-00000000.jsonl").write_bytes(content)
    found = verify(copy, KEY)
    assert found.records == 0


def test_a_renamed_segment_is_found(whole, copy):
    names = sorted(whole)
    moved = {names[0]: whole[names[0]], names[1]: whole[names[1]], "000000000000099-00000000.jsonl": whole[names[2]]}
    assert "renamed" in verified(copy, moved).problem.why
    assert not verified(copy, {names[0]: whole[names[1]], names[1]: whole[names[0]], names[2]: whole[names[2]]}).ok


def test_a_copied_segment_is_found(whole, copy):
    extra = "000000000000003-00000000.jsonl"
    assert verified(copy, whole | {extra: whole[min(whole)]}).problem.file == extra


def test_the_problem_names_what_happened(whole, copy):
    pairs = in_lines(whole)
    name, line = pairs[2]
    edited = [*pairs[:2], (name, line.replace(b"e1", b"e9")), *pairs[3:]]
    assert verified(copy, out_of_lines(whole, edited)).problem == Problem(
        file=name, line=3, sequence=3, why="the record was edited, or was not made with the ledger's key"
    )
    assert verified(copy, out_of_lines(whole, pairs[:2] + pairs[3:])).problem == Problem(
        file=name, line=3, sequence=3, why="record 4 stands here: records are missing, repeated or out of order"
    )


def test_a_chain_recomputed_without_the_key_is_found(tmp_path):
    write(tmp_path / "real", 3, key=KEY)
    write(tmp_path / "forged", 3, key=OLD)
    with pytest.raises(LedgerError, match="keeps its key elsewhere"):
        verify(tmp_path / "forged")
    assert "made with another key" in verify(tmp_path / "forged", KEY).problem.why


def test_a_forged_header_that_claims_the_key_is_found(tmp_path):
    write(tmp_path / "l", 1, key=OLD)
    path = tmp_path / "l" / segment_names(tmp_path / "l")[0]
    path.write_bytes(path.read_bytes().replace(key_id(OLD).encode(), key_id(KEY).encode()))
    assert "edited" in verify(tmp_path / "l", KEY).problem.why


def test_a_ledger_rolled_back_and_written_again_is_found_with_an_anchor(tmp_path):
    head = write(tmp_path / "l", 5)
    shutil.rmtree(tmp_path / "l")
    write(tmp_path / "l", 6, clock=lambda: 5.0)
    assert verify(tmp_path / "l", KEY).ok
    assert "rolled back" in verify(tmp_path / "l", KEY, anchor=head).problem.why


def test_a_changed_key_is_followed_with_both_keys(tmp_path):
    write(tmp_path / "l", 2, key=OLD)
    write(tmp_path / "l", 2, key=KEY, found=recover(tmp_path / "l", KEY))
    assert verify(tmp_path / "l", KEY, older=[OLD]).ok
    problem = verify(tmp_path / "l", KEY).problem
    assert (problem.sequence, problem.line) == (1, 1)
    assert f"made with another key (`{key_id(OLD)}`)" in problem.why


def test_a_clock_that_goes_back_is_noted(tmp_path):
    times = iter([3600.0] * 3 + [0.0] * 10)
    write(tmp_path / "l", 5, clock=lambda: next(times))
    found = verify(tmp_path / "l", KEY)
    assert found.ok
    assert [note.split(": ")[1] for note in found.notes] == ["the clock was set back by 3600 s"]


def test_notes_are_bounded(tmp_path):
    times = iter(range(10_000, 0, -10))
    write(tmp_path / "l", 200, clock=lambda: float(next(times)))
    found = verify(tmp_path / "l", KEY)
    assert (len(found.notes), found.ok) == (50, True)
    assert found.unread > 100


def torn(path, tail=b'{"seq":4,"pr'):
    write(path, 2)
    name = segment_names(path)[0]
    with (path / name).open("ab") as file:
        file.write(tail)
    return path / name


def test_an_unfinished_last_line_is_noted(tmp_path):
    torn(tmp_path / "l")
    found = verify(tmp_path / "l", KEY)
    assert (found.ok, found.records) == (True, 3)
    assert "12 bytes of an unfinished record" in found.notes[0]


def test_a_marked_torn_line_is_fine_and_an_edited_one_is_not(tmp_path):
    path = torn(tmp_path / "l")
    write(tmp_path / "l", 1, found=recover(tmp_path / "l", KEY))
    found = verify(tmp_path / "l", KEY)
    assert found.ok
    assert "a crash left 12 bytes" in found.notes[0]
    path.write_bytes(path.read_bytes()[:-1] + b"X")
    assert verify(tmp_path / "l", KEY).problem.line == 4


def test_a_torn_line_that_nobody_marked_is_found(tmp_path):
    write(tmp_path / "l", 10, segment_bytes=800)
    path = tmp_path / "l" / segment_names(tmp_path / "l")[0]
    path.write_bytes(path.read_bytes() + b'{"seq"')
    problem = verify(tmp_path / "l", KEY).problem
    assert problem.file == path.name
    assert "no `torn` record" in problem.why


def test_a_whole_record_behind_the_end_is_no_torn_line(tmp_path):
    torn(tmp_path / "l", b"garbage\n")
    assert verify(tmp_path / "l", KEY).problem.why == "this is no record of a ledger"


def test_segments_without_a_record_are_noted(tmp_path):
    write(tmp_path / "l", 2)
    (tmp_path / "l" / "000000000000004-00000000.jsonl").write_bytes(b"")
    found = verify(tmp_path / "l", KEY)
    assert found.ok
    assert "holds no record" in found.notes[0]


def test_a_link_in_place_of_a_segment_is_found(tmp_path):
    write(tmp_path / "l", 2)
    (tmp_path / "l" / "000000000000004-00000000.jsonl").symlink_to("/dev/zero")
    assert "cannot read" in verify(tmp_path / "l", KEY).problem.why


def test_true_records_that_are_no_json_or_no_segment_are_found(tmp_path):
    chain = Chain(KEY)
    start = b'{"kind":"segment","key":"%s"}' % key_id(KEY).encode()
    name = "000000000000001-00000000.jsonl"
    for bodies, why in (
        ([b'{"kind":"event","key":"%s"}' % key_id(KEY).encode()], "a segment begins with a `segment` record"),
        ([start[:-1] + b',"instance":"00000000"}'], "does not say when"),
        ([start[:-1] + b',"x":}'], "made with another key"),
    ):
        (tmp_path / name).write_bytes(chain.seal(bodies, Head())[0])
        assert why in verify(tmp_path, KEY).problem.why


def test_where_nothing_can_be_checked_there_is_an_error(tmp_path):
    for path, why in ((tmp_path / "missing", "there is no ledger"), (tmp_path, "no segment file")):
        with pytest.raises(LedgerError, match=why):
            verify(path, KEY)


HOSTILE = """
import resource, sys
from pathlib import Path
from yett.ledger.verify import verify
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = verify(Path(sys.argv[1]), b"k" * 32)
print(found.problem is not None, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("filler", [b"\0", b"x", b"[" * 8])
def test_a_hostile_file_costs_bounded_memory(tmp_path, filler):
    (tmp_path / "000000000000001-00000000.jsonl").write_bytes(filler * (64 * 1024 * 1024 // len(filler)))
    done = subprocess.run([sys.executable, "-c", HOSTILE, tmp_path], capture_output=True, text=True, check=True)
    found, kilobytes = done.stdout.split()
    assert found == "True"
    assert int(kilobytes) < 16 * 1024
