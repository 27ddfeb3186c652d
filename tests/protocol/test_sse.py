from __future__ import annotations

import json
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.errors import UpstreamProtocolError
from yett.protocol import sse
from yett.protocol.sse import Decoder, Event, encode

MAX = 1000


def decoded(stream: bytes, *, max_event: int = MAX) -> list[Event]:
    return Decoder(max_event).feed(stream)


def test_an_event_as_servers_send_it():
    stream = b'event: message\r\ndata: {"jsonrpc":"2.0"}\r\n\r\n'
    assert decoded(stream) == [Event(data=b'{"jsonrpc":"2.0"}')]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        # The examples of WHATWG HTML, 9.2.6
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", [Event(data=b"YHOO\n+2\n10")]),
        (
            b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            [
                Event(),
                Event(data=b"first event", id="1"),
                Event(data=b"second event", id=""),
                Event(data=b" third event"),
            ],
        ),
        (b"data\n\ndata\ndata\n\n", [Event(data=b"\n")]),
        (b"data:test\n\ndata: test\n\n", [Event(data=b"test"), Event(data=b"test")]),
        # Line ends
        (b"data: a\rdata: b\r\r", [Event(data=b"a\nb")]),
        (b"data: a\r\ndata: b\n\r\n", [Event(data=b"a\nb")]),
        (b"data: a\r\r\ndata: b\n\n", [Event(data=b"a"), Event(data=b"b")]),
        (b"data: a\n\n\n\n\ndata: b\n\n", [Event(data=b"a"), Event(data=b"b")]),
        # What is no line end
        ("data: a\u2028b\u0085c\x0bd\x0ce\x1cf\n\n".encode(), [Event(data="a\u2028b\u0085c\x0bd\x0ce\x1cf".encode())]),
        # Byte order mark: at the beginning only
        (b"\xef\xbb\xbfdata: a\n\n", [Event(data=b"a")]),
        (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", [Event(data=b"a")]),
        # Fields
        (b"event: endpoint\ndata: /m\n\n", [Event(data=b"/m", event="endpoint")]),
        (b"event: a\nevent: b\ndata: x\n\n", [Event(data=b"x", event="b")]),
        (b"event: a\n\ndata: x\n\n", [Event(data=b"x")]),
        (b"event\ndata: x\n\n", [Event(data=b"x")]),
        (b"Data: a\n\n", []),
        (b"data : a\n\n", []),
        (b" data: a\n\n", []),
        (b"unknown: a\ndata: b\n\n", [Event(data=b"b")]),
        (b"data: a: b\n\n", [Event(data=b"a: b")]),
        (b"data:\ta\n\n", [Event(data=b"\ta")]),
        # Ids
        (b"id: 1\ndata: a\n\ndata: b\n\n", [Event(data=b"a", id="1"), Event(data=b"b")]),
        (b"id: 1\nid: 2\x003\ndata: a\n\n", [Event(data=b"a", id="1")]),
        # Retry
        (b"retry: 100\ndata: a\n\n", [Event(data=b"a", retry=100)]),
        (b"retry: 1e3\nretry: -1\nretry: \nretry: 1 \nretry: +1\ndata: a\n\n", [Event(data=b"a")]),
        ("retry: \u0663\ndata: a\n\n".encode(), [Event(data=b"a")]),
        (b"retry: 99999999\ndata: a\n\n", [Event(data=b"a", retry=sse.RETRY_MAX)]),
        (b"retry: 999999999999\ndata: a\n\n", [Event(data=b"a")]),
        # Signs of life
        (b": ping - 2026-11-23\r\n\r\n", [Event()]),
        (b":\n\n", [Event()]),
        (b": a\n: b\n\n", [Event()]),
        (b": in between\ndata: a\n: more\n\n", [Event(data=b"a")]),
        (b"id: 811\ndata: \nretry: 100\n\n", [Event(id="811", retry=100)]),
        (b"id: 811\n\n", [Event(id="811")]),
        (b"data:\n\n", []),
        (b"\n\n\n", []),
    ],
)
def test_streams_are_read_as_whatwg_says(stream, events):
    decoder = Decoder(MAX)
    assert decoder.feed(stream) == events
    decoder.end()


@pytest.mark.parametrize("stream", [b"data: a\n", b"data: a", b"data: a\r", b"dat", b"data: a\n\ndata: b\n"])
def test_an_event_that_is_cut_is_an_error(stream):
    decoder = Decoder(MAX)
    decoder.feed(stream)
    with pytest.raises(UpstreamProtocolError, match="ended within an event"):
        decoder.end()


@pytest.mark.parametrize("stream", [b"", b": pi", b"data: a\n\n", b"data: a\n\n: ping", b"\xef\xbb\xbf"])
def test_a_stream_may_end_between_events(stream):
    decoder = Decoder(MAX)
    decoder.feed(stream)
    decoder.end()


@pytest.mark.parametrize(
    "stream",
    [
        b"data: " + b"x" * MAX + b"\n\n",
        b"data: " + b"x" * MAX,
        b"x" * (MAX + 1),
        b"data: x\n" * 200,
        b": comment\n" * 200,
        b"unknown\n" * 200,
        b"id: 1\n" * 200,
        b"data\n" * 1000,
    ],
)
def test_an_event_has_a_bound_whatever_it_is_made_of(stream):
    with pytest.raises(UpstreamProtocolError, match="more than 1000 bytes"):
        decoded(stream)


def test_the_bound_is_of_one_event_and_not_of_the_stream():
    event = b"data: " + b"x" * 900 + b"\n\n"
    assert len(decoded(event * 100)) == 100


@pytest.mark.parametrize("field", [b"event: \xff\n", b"id: \xc0\xaf\n"])
def test_fields_must_be_text(field):
    with pytest.raises(UpstreamProtocolError, match="not UTF-8"):
        decoded(field + b"data: a\n\n")


def test_events_before_a_fault_are_not_lost():
    decoder = Decoder(MAX)
    assert decoder.feed(b"data: a\n\nevent: \xff\n") == [Event(data=b"a")]
    with pytest.raises(UpstreamProtocolError):
        decoder.feed(b"data: b\n\n")
    with pytest.raises(UpstreamProtocolError):
        decoder.end()


def test_one_byte_at_a_time_is_linear():
    decoder = Decoder(1_000_000)
    began = time.process_time()
    for _ in range(300_000):
        decoder.feed(b"x")
    assert time.process_time() - began < 20  # seconds of CPU: the line to a process that is held


def test_comments_are_told_from_events():
    assert Event().is_comment
    assert not Event(id="1").is_comment
    assert not Event(data=b"a").is_comment


# Encoding


def test_one_data_line_of_our_own():
    assert encode(b'{"a":1}') == b'event: message\ndata: {"a":1}\n\n'
    assert encode(b'{"a":1}', event_id="s-1", retry=250) == b'id: s-1\nretry: 250\nevent: message\ndata: {"a":1}\n\n'


def test_a_priming_event_has_an_id_and_no_data():
    assert encode(b"", event_id="s-1", retry=100) == b"id: s-1\nretry: 100\nevent: message\ndata: \n\n"
    assert decoded(encode(b"", event_id="s-1", retry=100)) == [Event(id="s-1", retry=100)]


def test_no_byte_of_the_data_ends_the_line():
    evil = b'{"a":1}\n\nevent: x\rdata: {"evil":true}\r\n\r\n'
    assert decoded(encode(evil)) == [Event(data=b'{"a":1}  event: x data: {"evil":true}    ')]


def test_what_sloppy_clients_take_for_line_ends_is_escaped():
    data = json.dumps({"a": "x\u2028y\u2029z\u0085é"}, ensure_ascii=False).encode()
    line = encode(data)
    assert line == 'event: message\ndata: {"a": "x\\u2028y\\u2029z\\u0085é"}\n\n'.encode()
    assert len(line.decode().splitlines()) == 3
    assert json.loads(decoded(line)[0].data or b"") == {"a": "x\u2028y\u2029z\u0085é"}


@pytest.mark.parametrize("event_id", ["a b", "a\nb", "a\0", "é", "x" * 257, '"'])
def test_event_ids_have_an_alphabet(event_id):
    with pytest.raises(ValueError, match="alphabet"):
        encode(b"{}", event_id=event_id)


@pytest.mark.parametrize(("retry", "sent"), [(-5, b"0"), (0, b"0"), (10**12, b"86400000")])
def test_retry_has_bounds(retry, sent):
    assert b"retry: " + sent + b"\n" in encode(b"{}", retry=retry)


def test_the_keepalive_is_a_comment():
    assert decoded(sse.KEEPALIVE) == [Event()]


# Properties

ends = st.sampled_from([b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r", b""])
lines = st.sampled_from(
    [
        b"data: a",
        b"data:",
        b"data",
        b":c",
        b"id: 1",
        b"id: \0",
        b"retry: 5",
        b"event: e",
        b"",
        b"x",
        b"\xef\xbb\xbf",
        b"\xff",
    ]
)
streams = st.lists(st.tuples(lines, ends).map(b"".join), max_size=10).map(b"".join)


def outcome(pieces: list[bytes]) -> tuple[list[Event], bool]:
    """All events of a stream, and whether it broke in the end."""
    decoder = Decoder(30)
    events: list[Event] = []
    try:
        for piece in pieces:
            events += decoder.feed(piece)
        decoder.end()
    except UpstreamProtocolError:
        return events, True
    return events, False


@given(streams | st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_however_a_stream_is_cut_the_events_are_the_same(stream, cuts):
    at = sorted({0, len(stream), *(min(cut, len(stream)) for cut in cuts)})
    pieces = [stream[begin:end] for begin, end in pairwise(at)]
    whole = outcome([stream])
    assert outcome(pieces) == whole
    assert outcome([bytes([byte]) for byte in stream]) == whole


json_texts = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    json_texts,
    st.sampled_from([None, 2]),
    st.booleans(),
    st.sampled_from(["", "a-1:2._~"]),
    st.none() | st.integers(0, 9),
)
def test_what_is_encoded_is_decoded(value, indent, ascii_only, event_id, retry):
    data = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "replace")
    line = encode(data, event_id=event_id, retry=retry)
    (event,) = decoded(line, max_event=10**6)
    assert json.loads(event.data or b"") == json.loads(data)
    assert (event.id or "", event.retry, event.event) == (event_id, retry, "message")
    assert len(line.decode().splitlines()) == 3 + bool(event_id) + (retry is not None)
