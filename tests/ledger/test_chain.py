import json

from hypothesis import given
from hypothesis import strategies as st

from yett.ledger.chain import GENESIS, Chain, Head, Sealed, read_frame

KEY = b"k" * 32
CHAIN = Chain(KEY)


def test_the_first_line_stands_on_the_genesis_hash():
    lines, head = CHAIN.seal([b'{"kind":"event"}'], Head())
    record = json.loads(lines)
    assert (record["seq"], record["prev"], record["kind"], record["hash"]) == (1, GENESIS, "event", head.hash)
    assert head.sequence == 1


def test_each_line_names_the_hash_of_the_one_before():
    lines, head = CHAIN.seal([b'{"kind":"a"}', b'{"kind":"b"}'], Head())
    first, second = map(json.loads, lines.splitlines())
    assert second["prev"] == first["hash"]
    assert head == Head(sequence=2, hash=second["hash"])


def test_a_batch_makes_the_same_lines_as_its_records_one_by_one():
    together, end = CHAIN.seal([b'{"kind":"a"}', b'{"kind":"b"}'], Head())
    one, middle = CHAIN.seal([b'{"kind":"a"}'], Head())
    two, last = CHAIN.seal([b'{"kind":"b"}'], middle)
    assert (one + two, last) == (together, end)


def test_the_frame_of_a_sealed_line_is_read_back():
    lines, head = CHAIN.seal([b'{"kind":"a"}'], Head(sequence=6, hash="ab" * 32))
    line = lines[:-1]
    sealed = read_frame(line)
    assert sealed == Sealed(sequence=7, previous="ab" * 32, hash=head.hash)
    assert CHAIN.genuine(line, sealed)


def test_another_key_makes_another_chain():
    line = CHAIN.seal([b'{"kind":"a"}'], Head())[0][:-1]
    assert not Chain(b"other" * 8).genuine(line, read_frame(line))


def test_upper_case_digits_are_no_frame():
    line = CHAIN.seal([b'{"kind":"a"}'], Head())[0][:-1]
    assert read_frame(line.upper().replace(b"SEQ", b"seq").replace(b"PREV", b"prev").replace(b"HASH", b"hash")) is None


def test_numbers_with_leading_zeros_or_beyond_fifteen_digits_are_no_frame():
    line = CHAIN.seal([b'{"kind":"a"}'], Head())[0][:-1]
    assert read_frame(line.replace(b'"seq":1', b'"seq":01')) is None
    assert read_frame(line.replace(b'"seq":1', b'"seq":' + b"1" * 16)) is None


@given(st.binary(max_size=400))
def test_no_bytes_break_the_frame_reader(line):
    assert read_frame(line) is None


@given(st.integers(0, 10**9), st.data())
def test_no_changed_byte_stays_genuine(sequence, data):
    line = CHAIN.seal([b'{"kind":"intent","name":"x"}'], Head(sequence=sequence))[0][:-1]
    place = data.draw(st.integers(0, len(line) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != line[place]))
    changed = line[:place] + bytes([byte]) + line[place + 1 :]
    sealed = read_frame(changed)
    assert sealed is None or not CHAIN.genuine(changed, sealed)
