from __future__ import annotations

from yett.wire.http import Incoming, RequestHead, ResponseHead

HEADERS = ((b"host", b"a"), (b"authorization", b"Bearer SECRET"), (b"authorization", b"other"))
HEAD = RequestHead(method="GET", target=b"/mcp?token=SECRET", headers=HEADERS)


def test_the_first_of_several_values_is_found_and_so_are_all():
    assert HEAD.get(b"authorization") == b"Bearer SECRET"
    assert HEAD.all(b"authorization") == [b"Bearer SECRET", b"other"]
    assert (HEAD.get(b"x"), HEAD.all(b"x")) == (None, [])


def test_a_head_is_its_values():
    assert RequestHead(method="GET", target=b"/mcp?token=SECRET", headers=HEADERS) == HEAD
    assert RequestHead(method="GET", target=b"/mcp", headers=HEADERS) != HEAD


def test_nothing_secret_shows():
    incoming = Incoming(head=HEAD, body=b"SECRET", peer="192.0.2.1", port=1, secure=True)
    response = ResponseHead(status=200, headers=((b"set-cookie", b"SECRET"),))
    assert "SECRET" not in repr((HEAD, incoming, response))
    assert repr(HEAD) == "RequestHead(GET b'/mcp', 3 headers)"


def test_the_first_value_of_a_response_header_is_found():
    head = ResponseHead(status=200, headers=((b"a", b"1"), (b"b", b"2"), (b"b", b"3")))
    assert (head.get(b"b"), head.get(b"c")) == (b"2", None)


def test_what_was_derived_from_a_head_stays_with_it_whatever_the_length() -> None:
    head = RequestHead(method="POST", target=b"/", headers=((b"content-length", b"1"),), length=1)
    head.put_aside("derived")
    assert (head.aside, head.with_length(22).aside) == ("derived", "derived")
    assert head.with_length(22).headers == ((b"content-length", b"22"),)
