from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yett.errors import DownstreamProtocolError
from yett.wire.head import parse
from yett.wire.limits import ListenerLimits
from yett.wire.requests import RequestReader, Stage

LIMITS = ListenerLimits()
SMALL = ListenerLimits(head_bytes=200, headers=4, body_bytes=20)


def outcome(pieces, limits=LIMITS):
    """Everything a reader makes of a stream: the requests, then the status it was refused with, or where it waits."""
    reader = RequestReader()
    found = []
    try:
        for piece in pieces:
            reader.feed(piece)
            while whole := reader.next(limits):
                found.append(whole)
    except DownstreamProtocolError as refusal:
        return found, refusal.status
    return found, reader.stage


def cut(stream, places):
    borders = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    return [stream[start:end] for start, end in pairwise(borders)]


def bytewise(stream):
    return [stream[at : at + 1] for at in range(len(stream))]


def test_everything_malformed_is_refused_with_its_status(refused):
    found, end = outcome([refused.stream])
    assert (found, end) == ([], refused.status)


def test_everything_malformed_is_refused_byte_by_byte_too(refused):
    stream = refused.stream
    assert outcome(bytewise(stream[:20_000])) == ([], refused.status)


def test_everything_good_is_accepted(accepted):
    found, end = outcome([accepted.stream])
    assert ([body for _, body in found], end) == (accepted.bodies, Stage.IDLE)


def test_everything_good_is_accepted_in_any_packets(accepted):
    whole = outcome([accepted.stream])
    step = 4_096 if len(accepted.stream) > 100_000 else 1
    pieces = [accepted.stream[at : at + step] for at in range(0, len(accepted.stream), step)]
    assert outcome(pieces) == whole


def test_a_good_stream_stays_good_behind_another_one(accepted):
    found, end = outcome([accepted.stream + accepted.stream])
    assert ([body for _, body in found], end) == (accepted.bodies * 2, Stage.IDLE)


def test_a_good_stream_may_be_cut_anywhere(good_corpus):
    for stream in good_corpus:
        if len(stream) < 300:
            twice = stream + stream
            whole = outcome([twice])
            assert all(outcome([twice[:place], twice[place:]]) == whole for place in range(len(twice)))


FRAGMENTS = st.sampled_from(
    [
        *(b"POST", b"GET", b" ", b"/mcp", b" HTTP/1.1", b" HTTP/1.0", b" HTTP/2.0", b"\r\n", b"\n", b"\r", b"\r\n\r\n"),
        *(
            b"Host: a",
            b"host:",
            b"Content-Length: ",
            b"3",
            b"30",
            b"Transfer-Encoding: chunked",
            b"Expect: 100-continue",
        ),
        *(b"abc", b"0\r\n\r\n", b"3\r\nabc\r\n", b";", b"a:b\r\n", b"\x00", b"\xff", b"Connection: close", b"_", b":"),
        *(
            b"POST /mcp HTTP/1.1\r\nHost: a\r\n",
            b"GET /mcp HTTP/1.1\r\nHost: a\r\n\r\n",
            b"Content-Length: 3\r\n\r\nabc",
        ),
        *(b"Transfer-Encoding: chunked\r\n\r\n", b"a" * 50, b"/" + b"a" * 150),
    ]
)
STREAMS = st.one_of(st.binary(max_size=60), st.lists(FRAGMENTS, max_size=14).map(b"".join))
PLACES = st.lists(st.integers(min_value=0, max_value=5_000), max_size=8)


@given(STREAMS, PLACES)
@settings(max_examples=400, deadline=None)
def test_how_a_stream_is_cut_makes_no_difference(stream, places):
    assert outcome(cut(stream, places), SMALL) == outcome([stream], SMALL) == outcome(bytewise(stream), SMALL)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_changed_byte_is_judged_alike_however_it_arrives(corpus, data):
    stream = bytearray(data.draw(st.sampled_from(corpus)))
    for _ in range(data.draw(st.integers(min_value=0, max_value=3))):
        stream[data.draw(st.integers(min_value=0, max_value=len(stream) - 1))] = data.draw(st.integers(0, 255))
    whole = bytes(stream)
    assert outcome(cut(whole, data.draw(PLACES))) == outcome([whole])


def test_nothing_comes_out_before_the_body_is_whole():
    reader = RequestReader()
    reader.feed(b"POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabc")
    assert reader.next(LIMITS) is None
    assert reader.stage is Stage.BODY
    reader.feed(b"dGET")
    whole = reader.next(LIMITS)
    assert whole is not None
    assert whole[1] == b"abcd"
    assert (reader.stage, len(reader.pending)) == (Stage.HEAD, 3)


def test_too_large_a_body_is_refused_before_it_arrives():
    reader = RequestReader()
    reader.feed(b"POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n")
    with pytest.raises(DownstreamProtocolError) as refusal:
        reader.next(LIMITS)
    assert refusal.value.status == 413


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 3\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"]
)
def test_nobody_waits_for_100_any_more_once_the_body_is_there(framing):
    reader = RequestReader()
    reader.feed(b"POST /mcp HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n" + framing)
    assert reader.next(LIMITS) is not None
    assert not reader.continues


def test_a_client_that_waits_for_100_is_recognised_and_one_that_does_not_is_not():
    head = b"POST /mcp HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    waiting, ready = RequestReader(), RequestReader()
    waiting.feed(head)
    ready.feed(head + b"abc")
    assert (waiting.next(LIMITS), waiting.continues) == (None, True)
    assert ready.next(LIMITS) is not None
    assert not ready.continues


HEAD = b"POST /mcp HTTP/1.1\r\nHost: a\r\n%b: %b\r\nX: y\r\n\r\n"


def test_a_head_seen_before_is_the_same_object_and_limits_hold_for_it_too():
    stream = HEAD % (b"Content-Length", b"3") + b"abc"
    reader = RequestReader()
    reader.feed(stream * 2)
    first, second = reader.next(LIMITS), reader.next(LIMITS)
    assert first is not None
    assert second is not None
    assert first[0] is second[0]
    reader.feed(stream)
    with pytest.raises(DownstreamProtocolError) as refusal:
        reader.next(ListenerLimits(body_bytes=2))
    assert refusal.value.status == 413


@pytest.mark.parametrize("name", [b"Content-Length", b"content-length", b"CONTENT-LENGTH", b"content-Length"])
def test_a_head_seen_before_with_another_length_is_read_as_if_it_were_new(name):
    reader = RequestReader()
    for length in (1, 10, 3, 3, 0, 10, 200):
        raw = HEAD % (name, b"%d" % length)
        reader.feed(raw + b"x" * length)
        assert reader.next(LIMITS) == (parse(raw), b"x" * length)


@pytest.mark.parametrize("length", [b"", b"03", b"+3", b"3, 3", b"-3", b"3 3", b"9" * 20, b"3\r\nContent-Length: 3"])
def test_no_odd_length_passes_for_one_that_was_seen_before(length):
    reader = RequestReader()
    for good in (b"3", b"33", b"3"):
        reader.feed(HEAD % (b"Content-Length", good) + b"x" * int(good))
        assert reader.next(LIMITS) is not None
    reader.feed(HEAD % (b"Content-Length", length) + b"abc")
    with pytest.raises(DownstreamProtocolError) as refusal:
        reader.next(LIMITS)
    assert refusal.value.status == 400


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_what_came_before_makes_no_difference(good_corpus, data):
    good = data.draw(st.sampled_from(good_corpus))
    changed = bytearray(good)
    for _ in range(data.draw(st.integers(min_value=0, max_value=2))):
        place = data.draw(st.integers(min_value=0, max_value=len(changed) - 1))
        changed[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    before, end = outcome([good])
    assert end is Stage.IDLE
    alone, together = outcome([bytes(changed)]), outcome([good + bytes(changed)])
    assert together == (before + alone[0], alone[1])


def test_few_and_small_heads_are_remembered():
    reader = RequestReader()
    for number in range(50):
        reader.feed(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number)
        assert reader.next(LIMITS) is not None
        assert len(reader._known) <= 3
    reader.feed(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 2_048 + b"\r\n\r\n")
    assert reader.next(LIMITS) is not None
    reader.feed(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a:b\r\n" * 24 + b"\r\n")
    assert reader.next(LIMITS) is not None
    assert all(len(raw) < 100 for raw in (*reader._known, reader._last_raw))


@pytest.mark.parametrize(("limit", "status"), [({"head_bytes": 40}, 431), ({"body_bytes": 3}, 413)])
def test_a_head_that_was_fine_once_is_not_once_the_limits_are_tighter(limit, status):
    reader, same = RequestReader(), b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd"
    for _ in range(2):
        reader.feed(same)
        whole = reader.next(LIMITS)
        assert whole is not None
        assert whole[1] == b"abcd"
    reader.feed(same)
    with pytest.raises(DownstreamProtocolError) as refused:
        reader.next(ListenerLimits(**limit))
    assert refused.value.status == status


def test_what_only_begins_like_the_last_head_is_read_anew():
    reader = RequestReader()
    reader.feed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert reader.next(LIMITS) is not None
    reader.feed(b"GET / HTTP/1.1\r\nHost: a\r\nX-More: 1\r\n\r\n")
    whole = reader.next(LIMITS)
    assert whole is not None
    assert whole[0].get(b"x-more") == b"1"
