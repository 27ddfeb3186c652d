from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yett.errors import DownstreamProtocolError, UpstreamProtocolError
from yett.wire.chunks import LAST, ChunkDecoder, encode

CONTENTS = st.lists(st.binary(min_size=1, max_size=40), max_size=6)


def decoded(pieces, **options):
    decoder = ChunkDecoder(UpstreamProtocolError, **options)
    content = b"".join([decoder.feed(piece) for piece in pieces if not decoder.done])
    return content, decoder.done, decoder.exceeded


@given(CONTENTS, st.lists(st.integers(0, 300), max_size=6), st.binary(max_size=8))
@settings(deadline=None)
def test_what_is_encoded_comes_back_in_any_packets(contents, places, rest):
    stream = b"".join(map(encode, contents)) + LAST
    borders = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    pieces = [stream[start:end] for start, end in pairwise(borders)]
    assert decoded(pieces) == (b"".join(contents), True, False)
    decoder = ChunkDecoder(UpstreamProtocolError)
    assert decoder.feed(stream + rest) == b"".join(contents)
    assert (decoder.done, decoder.rest) == (True, rest)


@given(st.one_of(st.binary(max_size=30), st.text("0123abcfF\r\n;= x", max_size=30).map(str.encode)))
@settings(deadline=None)
def test_no_bytes_make_it_fail_otherwise_and_their_packets_make_no_difference(stream):
    def outcome(pieces):
        try:
            return decoded(pieces)[1:]
        except UpstreamProtocolError:
            return "refused"

    assert outcome([stream]) == outcome([stream[at : at + 1] for at in range(len(stream))])


def test_content_is_given_out_as_it_arrives():
    decoder = ChunkDecoder(UpstreamProtocolError)
    assert decoder.feed(b"5\r\nab") == b"ab"
    assert decoder.feed(b"c") == b"c"
    assert decoder.feed(b"de\r\n1\r\nf") == b"def"
    assert not decoder.done


@pytest.mark.parametrize(
    "stream", [b"3;a=b\r\nabc", b"0\r\nX: y\r\n\r\n", b"3\nabc", b"3\r\nabcX", b"\r\n", b"0" * 17, b"-1\r\n"]
)
def test_decorations_are_refused_with_the_fault_of_whoever_sent_them(stream):
    for fault in (UpstreamProtocolError, DownstreamProtocolError):
        with pytest.raises(fault, match="malformed chunked body"):
            ChunkDecoder(fault).feed(stream)


def test_too_much_is_known_when_it_is_announced():
    assert decoded([b"3\r\nabc\r\n8\r\n"], limit=10) == (b"abc", False, True)
    assert decoded([b"3\r\nabc\r\n7\r\nabcdefg\r\n0\r\n\r\n"], limit=10) == (b"abcabcdefg", True, False)


def test_what_waits_for_more_is_bounded():
    decoder = ChunkDecoder(UpstreamProtocolError)
    for byte in b"3\r\nabc\r\n000000000000003":
        decoder.feed(bytes([byte]))
        assert len(decoder._pending) <= 19
