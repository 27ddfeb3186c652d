from __future__ import annotations

import pytest

from yett.wire.diagnosis import diagnose, impossible, overlong

BARE = "a bare CR, a bare LF or a NUL in the head"


@pytest.mark.parametrize("good", [b"", b"G", b"GET / HTTP/1.1\r", b"GET / HTTP/1.1\r\nHost: a\r\n\r", b"GET\xff \t"])
def test_a_beginning_that_may_still_become_good_is_possible(good):
    assert good == b"" or impossible(good) == ""


@pytest.mark.parametrize("bad", [b"GET /\n", b"GET / HTTP/1.1\rX", b"GET / HTTP/1.1\r\r", b"GET /\x00", b"A\n"])
def test_a_beginning_that_cannot_become_good_is_named_at_once(bad):
    assert impossible(bad) == BARE


def test_what_begins_with_no_method_is_no_request():
    assert impossible(b"\x16\x03\x01") == "the request does not begin with a method"
    assert impossible(b"get /") == "the request does not begin with a method"


def test_bytes_that_were_seen_are_looked_at_for_what_follows_them():
    stream = b"GET / HTTP/1.1\r\nHost: a\r"
    assert impossible(stream + b"\n", len(stream)) == ""
    assert impossible(stream + b"X", len(stream) - 2) == BARE
    assert impossible(b"lower\n", 5) == BARE


@pytest.mark.parametrize(
    ("beginning", "status"),
    [
        (b"GET /" + b"a" * 9_000, 414),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: a", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 9_000, 431),
        (b"GET / HTTP/1.1\nX: " + b"a" * 9_000, 400),
    ],
)
def test_a_head_without_end_is_refused_for_what_is_too_long(beginning, status):
    assert overlong(beginning).status == status


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b" X: y", "a header line is folded or begins with white space"),
        (b"\tX: y", "a header line is folded or begins with white space"),
        (b"X", "a header line has no colon"),
        (b": y", "a header has no name"),
        (b"X : y", "white space before the colon of a header"),
        (b"X\t: y", "white space before the colon of a header"),
        (b"X_Y: z", "an underscore in a header name"),
        (b"X\xe9: y", "a header name holds characters that it cannot"),
        (b"X(: y", "a header name holds characters that it cannot"),
        (b"X: \x01", "a header value holds control or non-ASCII characters"),
        (b"X: \xe9", "a header value holds control or non-ASCII characters"),
        (b"X: y", "the request target holds characters that a URI cannot"),
    ],
)
def test_the_first_bad_line_is_explained(line, problem):
    refusal = diagnose(
        b"GET /# HTTP/1.1\r\nHost: a\r\n" + line + b"\r\nY_: \x01\r\n\r\n" * (line != b"X: y") + b"\r\n\r\n"
    )
    assert (refusal.status, str(refusal)) == (400, problem)


@pytest.mark.parametrize(
    ("line", "status", "problem"),
    [
        (b"GET /", 400, "the request line is malformed"),
        (b"GET / HTTP/1.2", 505, "only HTTP/1.1 is spoken here"),
        (b"GET / HTTP/3.0", 505, "only HTTP/1.1 is spoken here"),
        (b"GeT / HTTP/1.1", 400, "the method is malformed"),
        (b"GET http://a/ HTTP/1.1", 400, "the request target is not a path"),
        (b"GET /# HTTP/1.1", 400, "the request target holds characters that a URI cannot"),
    ],
)
def test_a_bad_request_line_is_explained(line, status, problem):
    refusal = diagnose(line + b"\r\nHost: a\r\n\r\n")
    assert (refusal.status, str(refusal)) == (status, problem)
