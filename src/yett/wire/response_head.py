"""Reads a response head as strictly as a request head: an upstream is a stranger too."""

from __future__ import annotations

import re
from typing import Final

from yett.errors import UpstreamProtocolError
from yett.wire import fields
from yett.wire.http import ResponseHead

HEAD_BYTES: Final = 32_768
_HEADERS: Final = 200

# As for requests, but for what is common and harmless here: an underscore in a name, and bytes beyond ASCII in values.
_HEAD: Final = re.compile(
    rb"HTTP/1\.([01]) ([1-5][0-9][0-9]) [\t\x20-\x7e\x80-\xff]*\r\n"
    rb"((?:" + fields.TOKEN + rb"+:[\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n"
)
_KEEPS: Final = re.compile(rb"\btimeout=([0-9]{1,6})(?![0-9])")
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding", b"content-encoding", b"content-type"})
_WITHOUT_CONTENT: Final = frozenset({204, 304})


def parse(head: bytes, *, bodiless: bool = False) -> ResponseHead:
    """Read a whole head, its empty line included. `bodiless`: it answers a HEAD request.

    Raises `UpstreamProtocolError`.
    """
    match = _HEAD.fullmatch(head)
    if match is None:
        raise UpstreamProtocolError("the response head is malformed")
    minor, digits, block = match.groups()
    if block.count(b"\r\n") > _HEADERS:
        raise UpstreamProtocolError("the response has too many headers")
    headers = fields.split(block)
    if name := fields.repeated(headers, _FRAMING):
        raise UpstreamProtocolError(f"the response has more than one `{name.decode()}` header")
    first = dict(reversed(headers))
    if first.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UpstreamProtocolError("the response is compressed, which was not asked for")
    status = int(digits)
    length, chunked = _framing(minor, first)
    if bodiless or status < 200 or status in _WITHOUT_CONTENT:  # noqa: PLR2004 - 1xx
        length, chunked = 0, False
    return ResponseHead(
        status=status,
        headers=headers,
        length=length,
        chunked=chunked,
        closes=minor == b"0" or fields.closes(headers) or (length is None and not chunked),
        keeps=_keeps(first.get(b"keep-alive")),
    )


def _framing(minor: bytes, first: dict[bytes, bytes]) -> tuple[int | None, bool]:
    """How the body ends: `(length, chunked)`, both empty when the connection's end ends it. RFC 9112 section 6.3."""
    declared, coding = first.get(b"content-length"), first.get(b"transfer-encoding")
    if coding is not None:
        if declared is not None:
            raise UpstreamProtocolError("`content-length` and `transfer-encoding` in one response")
        if minor == b"0" or coding.lower() != b"chunked":
            raise UpstreamProtocolError("the response's `transfer-encoding` is not `chunked`")
        return None, True
    if declared is None:
        return None, False
    if fields.LENGTH.fullmatch(declared) is None:
        raise UpstreamProtocolError("the response's `content-length` is not a plain number")
    return int(declared), False


def _keeps(hint: bytes | None) -> int | None:
    found = _KEEPS.search(hint.lower()) if hint is not None else None
    return int(found.group(1)) if found is not None else None
