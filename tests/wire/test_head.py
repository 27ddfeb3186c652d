from __future__ import annotations

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yett.errors import DownstreamProtocolError
from yett.wire.head import parse
from yett.wire.http import RequestHead

TOKEN = st.text("!#$%&'*+-.^`|~09AZaz", min_size=1, max_size=12).map(str.encode)
VALUE = st.text([chr(code) for code in range(0x20, 0x7F)] + ["\t"], max_size=20).map(
    lambda text: text.strip(" \t").encode()
)
SPACE = st.text(" \t", max_size=3).map(str.encode)
TARGET = st.text("/abc.-_~!$&'()*+,;=:@?09", max_size=30).map(lambda text: b"/" + text.encode())
METHOD = st.sampled_from([b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"])
TAKEN = {
    *(
        b"host",
        b"content-length",
        b"transfer-encoding",
        b"expect",
        b"content-type",
        b"content-encoding",
        b"content-range",
    ),
    *(b"connection", b"origin", b"referer", b"date", b"from", b"range", b"cookie"),
}
LINES = st.lists(st.tuples(TOKEN, SPACE, VALUE, SPACE).filter(lambda line: line[0].lower() not in TAKEN), max_size=8)


def written(head: RequestHead) -> bytes:
    lines = b"".join(b"%b: %b\r\n" % header for header in head.headers)
    return b"%b %b HTTP/1.%d\r\n%b\r\n" % (head.method.encode(), head.target, head.minor, lines)


def outcome(raw: bytes) -> RequestHead | int:
    try:
        return parse(raw)
    except DownstreamProtocolError as refusal:
        return refusal.status


def head_of(*lines: bytes, method: bytes = b"POST") -> RequestHead:
    return parse(b"\r\n".join([b"%b /mcp HTTP/1.1" % method, b"Host: a", *lines, b"", b""]))


@given(METHOD, TARGET, LINES)
@settings(deadline=None)
def test_what_is_accepted_reads_the_same_when_written_again(method, target, lines):
    block = b"".join(name + b":" + before + value + after + b"\r\n" for name, before, value, after in lines)
    raw = b"%b %b HTTP/1.1\r\nHost: a.example:80\r\n%b\r\n" % (method, target, block)
    head = parse(raw)
    expected = tuple((name.lower(), value) for name, _, value, _ in lines)
    assert head.headers == ((b"host", b"a.example:80"), *expected)
    assert (head.method.encode(), head.target) == (method, target)
    assert parse(written(head)) == head


@given(METHOD, TARGET, LINES)
@settings(deadline=None)
def test_a_second_parser_reads_what_is_accepted_alike(method, target, lines):
    block = b"".join(name + b":" + before + value + after + b"\r\n" for name, before, value, after in lines)
    raw = b"%b %b HTTP/1.1\r\nHost: a\r\n%b\r\n" % (method, target, block)
    head = parse(raw)
    other = h11.Connection(h11.SERVER)
    other.receive_data(raw)
    event = other.next_event()
    assert isinstance(event, h11.Request)
    assert (event.method, event.target, tuple(event.headers)) == (method, target, head.headers)


@given(
    st.one_of(
        st.binary(max_size=80), st.binary(max_size=40).map(lambda noise: b"GET / HTTP/1.1\r\nHost: a\r\n" + noise)
    )
)
@example(b"\r\n\r\n")
@example(b"")
@settings(deadline=None)
def test_no_bytes_make_the_parser_fail_otherwise(noise):
    for raw in (noise, noise + b"\r\n\r\n"):
        read = outcome(raw)
        assert outcome(written(read)) == read if isinstance(read, RequestHead) else 400 <= read <= 505


def test_the_refusal_quotes_nothing_that_a_stranger_sent():
    for raw in (b"GET /SECRET# HTTP/1.1", b"GET / HTTP/1.1\r\nX_SECRET: y", b"SECRET / HTTP/1.1\r\nHost: a"):
        with pytest.raises(DownstreamProtocolError) as refusal:
            parse(raw + b"\r\n\r\n")
        assert "SECRET" not in str(refusal.value)


def test_a_whole_head_as_a_value():
    lines = b"Host: a:1\r\nContent-Length: 7\r\nConnection: Keep-Alive, CLOSE\r\nExpect: 100-Continue\r\n"
    raw = b"POST /mcp?x HTTP/1.1\r\n" + lines + b"\r\n"
    assert parse(raw) == RequestHead(
        method="POST",
        target=b"/mcp?x",
        headers=(
            (b"host", b"a:1"),
            (b"content-length", b"7"),
            (b"connection", b"Keep-Alive, CLOSE"),
            (b"expect", b"100-Continue"),
        ),
        length=7,
        closes=True,
        expects_continue=True,
    )


@pytest.mark.parametrize(
    ("lines", "closes"),
    [
        ((), False),
        ((b"Connection: keep-alive",), False),
        ((b"Connection: Upgrade, Authorization, TE",), False),
        ((b"Connection: closed",), False),
        ((b"Connection:",), False),
        ((b"Connection: close",), True),
        ((b"Connection: ,Close ,",), True),
        ((b"Connection: keep-alive", b"Connection: close"), True),
    ],
)
def test_only_close_means_something_in_connection(lines, closes):
    head = head_of(*lines, b"Authorization: x")
    assert head.closes is closes
    assert head.get(b"authorization") == b"x"


def test_http_1_0_ends_with_its_exchange_and_expects_nothing():
    raw = (
        b"POST /mcp HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
    )
    head = parse(raw)
    assert (head.minor, head.closes, head.expects_continue) == (0, True, False)


def test_chunked_is_the_one_coding():
    head = head_of(b"Transfer-Encoding: chunked")
    assert (head.chunked, head.length) == (True, 0)


@pytest.mark.parametrize("name", [b"Authorization", b"Mcp-Method", b"Mcp-Name", b"Mcp-Session-Id", b"Accept", b"X"])
def test_what_others_judge_stays_visible_when_repeated(name):
    head = head_of(name + b": a", name + b": b")
    assert head.all(name.lower()) == [b"a", b"b"]
    assert head.get(name.lower()) == b"a"


@pytest.mark.parametrize(
    "name",
    [
        *(b"Host", b"Content-Length", b"Transfer-Encoding", b"Content-Type", b"Content-Encoding", b"Origin", b"Expect"),
        *(b"Referer", b"User-Agent", b"Cookie", b"Last-Event-ID", b"Range", b"Date", b"Proxy-Authorization"),
    ],
)
def test_what_has_one_value_is_refused_when_repeated(name):
    with pytest.raises(DownstreamProtocolError, match="more than one"):
        head_of(name + b": a", name.upper() + b": a")


def test_the_number_of_headers_is_the_callers_to_set():
    raw = b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"
    assert len(parse(raw, headers=2).headers) == 2
    with pytest.raises(DownstreamProtocolError) as refusal:
        parse(raw, headers=1)
    assert refusal.value.status == 431
