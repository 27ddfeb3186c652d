from __future__ import annotations

import pytest

from yett.wire import reply

JSON = ((b"content-type", b"application/json"),)


def without_date(written: bytes) -> bytes:
    head, mark, body = written.partition(b"\r\n\r\n")
    return b"\r\n".join(line for line in head.split(b"\r\n") if not line.startswith(b"date: ")) + mark + body


def test_a_whole_answer():
    assert without_date(reply.whole(200, JSON, b"{}", closes=False)) == (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
    )


def test_the_last_answer_of_a_connection_says_so():
    written = reply.whole(200, JSON, b"", closes=True)
    assert b"\r\nconnection: close\r\n" in written
    assert b"\r\ncontent-length: 0\r\n\r\n" in written


def test_the_answer_to_a_head_request_has_the_length_but_not_the_body():
    assert without_date(reply.whole(200, (), b"abc", closes=False, bodiless=True)) == (
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"
    )


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_content_has_none(status):
    written = without_date(reply.whole(status, (), b"abc", closes=False))
    assert written.endswith(b"\r\n\r\n")
    assert b"content-length" not in written


def test_the_date_is_a_date():
    assert b"\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n" in reply._dated(200, (), False, 784111777)
    assert b"\r\ndate: " in reply.whole(200, (), b"", closes=False)


def test_a_stream_begins_with_its_coding_or_ends_with_the_connection():
    chunked = reply.opening(200, JSON, closes=False, chunked=True)
    until_closed = reply.opening(200, JSON, closes=True, chunked=False)
    assert b"transfer-encoding: chunked\r\n\r\n" in chunked
    assert b"transfer-encoding" not in until_closed
    assert b"connection: close" in until_closed


@pytest.mark.parametrize(
    "header",
    [
        *((b"x", b"a\r\nset-cookie: b"), (b"x", b"a\nb"), (b"x", b"a\x00"), (b"x\r\ny", b"a"), (b"x", b"\xff")),
        *(
            (b"Content-Length", b"3"),
            (b"transfer-encoding", b"chunked"),
            (b"connection", b"close"),
            (b"date", b"today"),
        ),
    ],
)
def test_headers_that_must_not_be_sent_are_not(header):
    for attempt in (
        lambda: reply.whole(200, (header,), b"", closes=False),
        lambda: reply.opening(200, (header,), closes=False, chunked=True),
    ):
        with pytest.raises(ValueError, match=r"must not be sent|writes `"):
            attempt()


@pytest.mark.parametrize("status", [0, 100, 101, 199, 299, 600, 1000])
def test_a_status_that_ends_no_exchange_is_not_sent(status):
    with pytest.raises(ValueError, match="ends no exchange"):
        reply.whole(status, (), b"", closes=False)


def test_a_refusal_is_short_and_final():
    assert without_date(reply.refusal(413, "the body is too large")) == (
        b"HTTP/1.1 413 Request Entity Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
        b"cache-control: no-store\r\nconnection: close\r\ncontent-length: 52\r\n\r\n"
        b"413 Request Entity Too Large: the body is too large\n"
    )
