from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yett.errors import UpstreamProtocolError
from yett.wire.http import ResponseHead
from yett.wire.response_head import parse

OK = b"HTTP/1.1 200 OK\r\n"

MALFORMED = {
    "nothing": b"",
    "HTTP/0.9": b"<html>hello</html>",
    "no version": b"200 OK\r\n",
    "HTTP/2": b"HTTP/2 200 OK\r\n",
    "HTTP/1.2": b"HTTP/1.2 200 OK\r\n",
    "lower case": b"http/1.1 200 OK\r\n",
    "two digits": b"HTTP/1.1 20 OK\r\n",
    "four digits": b"HTTP/1.1 2000 OK\r\n",
    "status 600": b"HTTP/1.1 600 OK\r\n",
    "status 099": b"HTTP/1.1 099 OK\r\n",
    "status +20": b"HTTP/1.1 +20 OK\r\n",
    "two spaces": b"HTTP/1.1  200 OK\r\n",
    "no space behind the status": b"HTTP/1.1 200\r\n",
    "CR in the reason": b"HTTP/1.1 200 O\rK\r\n",
    "NUL in the reason": b"HTTP/1.1 200 O\x00K\r\n",
    "LF behind the status line": b"HTTP/1.1 200 OK\nX: y\r\n",
    "LF behind a header": OK + b"X: y\nY: z\r\n",
    "CR in a value": OK + b"X: y\rz\r\n",
    "NUL in a value": OK + b"X: y\x00\r\n",
    "escape in a value": OK + b"X: \x1b[0m\r\n",
    "folded": OK + b"X: y\r\n z\r\n",
    "space before the colon": OK + b"X : y\r\n",
    "no colon": OK + b"X\r\n",
    "no name": OK + b": y\r\n",
    "8-bit name": OK + b"X\xe9: y\r\n",
    "an empty line before": b"\r\n" + OK,
}
REFUSED = {
    "two lengths": OK + b"Content-Length: 3\r\nContent-Length: 3\r\n",
    "a list of lengths": OK + b"Content-Length: 3, 3\r\n",
    "signed length": OK + b"Content-Length: +3\r\n",
    "hexadecimal length": OK + b"Content-Length: 0x3\r\n",
    "empty length": OK + b"Content-Length:\r\n",
    "20 digits": OK + b"Content-Length: 99999999999999999999\r\n",
    "length and chunked": OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
    "chunked and length": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
    "two codings": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "gzip, chunked": OK + b"Transfer-Encoding: gzip, chunked\r\n",
    "xchunked": OK + b"Transfer-Encoding: xchunked\r\n",
    "identity": OK + b"Transfer-Encoding: identity\r\n",
    "empty coding": OK + b"Transfer-Encoding:\r\n",
    "chunked in HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n",
    "gzip": OK + b"Content-Encoding: gzip\r\n",
    "br": OK + b"Content-Encoding: br\r\n",
    "two content types": OK + b"Content-Type: application/json\r\nContent-Type: text/html\r\n",
    "1,000 headers": OK + b"a: b\r\n" * 1_000,
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_no_response_head_is_refused(what):
    with pytest.raises(UpstreamProtocolError, match="the response head is malformed"):
        parse(MALFORMED[what] + b"\r\n")


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_one_meaning_is_refused(what):
    with pytest.raises(UpstreamProtocolError):
        parse(REFUSED[what] + b"\r\n")


@given(st.one_of(st.binary(max_size=60), st.binary(max_size=30).map(lambda noise: OK + noise + b"\r\n\r\n")))
@settings(deadline=None)
def test_no_bytes_make_the_parser_fail_otherwise(noise):
    try:
        head = parse(noise)
    except UpstreamProtocolError:
        return
    assert 100 <= head.status < 600


def test_a_whole_head_as_a_value():
    raw = OK + b"Content-Type: application/json\r\nContent-Length: 12\r\nKeep-Alive: timeout=5, max=100\r\n\r\n"
    headers = (
        (b"content-type", b"application/json"),
        (b"content-length", b"12"),
        (b"keep-alive", b"timeout=5, max=100"),
    )
    assert parse(raw) == ResponseHead(status=200, headers=headers, length=12, keeps=5)


@pytest.mark.parametrize(
    ("raw", "length", "chunked", "closes"),
    [
        (OK + b"Content-Length: 0\r\n", 0, False, False),
        (OK + b"Transfer-Encoding: chunked\r\n", None, True, False),
        (OK + b"Transfer-Encoding: Chunked\r\nConnection: close\r\n", None, True, True),
        (OK, None, False, True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n", 3, False, True),
        (b"HTTP/1.1 204 No Content\r\n", 0, False, False),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n", 0, False, False),
        (b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n", 0, False, False),
        (b"HTTP/1.1 100 Continue\r\n", 0, False, False),
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n", 0, False, False),
        (b"HTTP/1.1 200 \r\nContent-Length: 1\r\n", 1, False, False),
        (
            b"HTTP/1.1 200 Gr\xfc\xdfe\r\nX_Y: \xe9\r\nContent-Length: 1\r\nContent-Encoding: identity\r\n",
            1,
            False,
            False,
        ),
    ],
)
def test_how_a_body_ends_and_whether_the_connection_does(raw, length, chunked, closes):
    head = parse(raw + b"\r\n")
    assert (head.length, head.chunked, head.closes) == (length, chunked, closes)


def test_the_answer_to_a_head_request_has_no_body():
    head = parse(OK + b"Content-Length: 12\r\n\r\n", bodiless=True)
    assert (head.length, head.closes) == (0, False)


@pytest.mark.parametrize(
    ("hint", "keeps"),
    [(b"timeout=5", 5), (b"max=3, Timeout=12", 12), (b"timeout=x", None), (b"timeout=12345678", None), (b"", None)],
)
def test_the_hint_how_long_a_connection_is_kept_is_read(hint, keeps):
    assert parse(OK + b"Keep-Alive: " + hint + b"\r\nContent-Length: 0\r\n\r\n").keeps == keeps
