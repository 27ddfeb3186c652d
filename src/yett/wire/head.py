"""Reads a request head: accepts what every HTTP/1.1 parser reads alike, and refuses the rest.

Nothing is repaired. What RFC 9112 lets a recipient tolerate (bare LF, folded lines, white space in odd places, absolute
targets, empty lines before the request) is where two parsers disagree, and where requests are smuggled.
"""

from __future__ import annotations

import re
from typing import Final

from yett.errors import DownstreamProtocolError
from yett.wire import fields
from yett.wire.diagnosis import diagnose
from yett.wire.http import Header, RequestHead
from yett.wire.limits import TARGET_BYTES

# The whole head in one match. Header names: `tchar` without `_`, which many programs take for `-`. Values: visible
# ASCII, space and tab; what is not ASCII has an encoding of its own in MCP. Targets: RFC 3986 `path` and `query`.
_HEAD: Final = re.compile(
    rb"([A-Z]{1,20}) (/[!$%&'()*+,\-./0-9:;=?@A-Z_a-z~]*) HTTP/1\.([01])\r\n"
    rb"((?:[!#$%&'*+\-.^`|~0-9A-Za-z]+:[\t\x20-\x7e]*\r\n)*)\r\n"
)
_STRAY_PERCENT: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:]{2,39}(?:[0-9.]{7,15})?\])(?::[1-9][0-9]{0,4})?")
_CODINGS: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[\t ]*,[\t ]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+)*")

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BODILESS: Final = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
# TRACE echoes and CONNECT tunnels: known, and never served.
_FORBIDDEN: Final = frozenset({"TRACE", "CONNECT"})

# Everything that has one value. Missing here on purpose: `authorization`, which identity judges, and `mcp-*`, which
# `protocol.headers` does; both see every value.
_SINGLETONS: Final = frozenset(
    {
        *(b"host", b"content-length", b"transfer-encoding", b"expect", b"content-type", b"content-encoding"),
        *(b"content-range", b"content-location", b"content-disposition", b"origin", b"referer", b"user-agent"),
        *(b"date", b"from", b"max-forwards", b"range", b"if-range", b"if-modified-since", b"if-unmodified-since"),
        *(b"last-event-id", b"proxy-authorization", b"cookie", b"traceparent", b"access-control-request-method"),
        *(b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest", b"sec-fetch-user"),
    }
)


def parse(head: bytes, *, headers: int = 100) -> RequestHead:
    """Read a whole head, its empty line included. Raises `DownstreamProtocolError` with the status to answer.

    `headers` is the number of header lines allowed.
    """
    match = _HEAD.fullmatch(head)
    if match is None:
        raise diagnose(head)
    method, target, minor, block = match.groups()
    if len(target) > TARGET_BYTES:
        raise DownstreamProtocolError("the request target is too long", status=414)
    if block.count(b"\r\n") > headers:
        raise DownstreamProtocolError("too many headers", status=431)
    if b"%" in target and _STRAY_PERCENT.search(target):
        raise DownstreamProtocolError("a `%` in the request target starts no escape")
    return _checked(method.decode(), target, int(minor), fields.split(block))


def _checked(method: str, target: bytes, minor: int, headers: tuple[Header, ...]) -> RequestHead:
    if method not in _METHODS:
        raise DownstreamProtocolError("the method is not served", status=400 if method in _FORBIDDEN else 501)
    first = dict(reversed(headers))
    if len(first) != len(headers) and (name := fields.repeated(headers, _SINGLETONS)):
        raise DownstreamProtocolError(f"more than one `{name.decode()}` header")
    _check_host(first.get(b"host"))
    length, chunked = _framing(method, minor, first)
    return RequestHead(
        method=method,
        target=target,
        headers=headers,
        minor=minor,
        length=length,
        chunked=chunked,
        closes=minor == 0 or (b"connection" in first and fields.closes(headers)),
        expects_continue=_expects_continue(first.get(b"expect")) and minor == 1,
        first=first,
    )


def _check_host(host: bytes | None) -> None:
    if host is None:
        raise DownstreamProtocolError("the `host` header is missing")
    if _HOST.fullmatch(host) is None:
        raise DownstreamProtocolError("the `host` header is not a host and a port")


def _framing(method: str, minor: int, first: dict[bytes, bytes]) -> tuple[int, bool]:
    """How long the body is: `(length, chunked)`. RFC 9112 section 6.3, without its leniencies."""
    declared, coding = first.get(b"content-length"), first.get(b"transfer-encoding")
    if coding is not None:
        _check_coding(coding, minor=minor, alone=declared is None)
        if method in _BODILESS:
            raise DownstreamProtocolError("this method takes no body")
        return 0, True
    if declared is None:
        return 0, False
    if fields.LENGTH.fullmatch(declared) is None:
        raise DownstreamProtocolError("`content-length` is not a plain number")
    length = int(declared)
    if length and method in _BODILESS:
        raise DownstreamProtocolError("this method takes no body")
    return length, False


def _check_coding(coding: bytes, *, minor: int, alone: bool) -> None:
    if not alone:
        raise DownstreamProtocolError("`content-length` and `transfer-encoding` in one request")
    if minor == 0:
        raise DownstreamProtocolError("`transfer-encoding` in HTTP/1.0")
    if coding != b"chunked":
        known_form = _CODINGS.fullmatch(coding) is not None
        raise DownstreamProtocolError("`transfer-encoding` is not `chunked`", status=501 if known_form else 400)


def _expects_continue(expect: bytes | None) -> bool:
    if expect is None:
        return False
    if expect.lower() != b"100-continue":
        raise DownstreamProtocolError("the expectation cannot be met", status=417)
    return True
