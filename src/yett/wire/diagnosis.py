"""Says what is wrong with a request head that was refused. It runs once, before the connection ends."""

from __future__ import annotations

import re
from typing import Final

from yett.errors import DownstreamProtocolError
from yett.wire.limits import TARGET_BYTES

# A CR is judged only once its successor is there: it may have been cut off between two packets.
ILLEGAL: Final = re.compile(rb"\x00|\r(?=[^\n])|(?<!\r)\n")
_METHOD_START: Final = re.compile(rb"[A-Z]")
_REQUEST_LINE: Final = re.compile(rb"([!-~]+) ([!-~]+) HTTP/([0-9])\.([0-9])")
_METHOD: Final = re.compile(rb"[A-Z]{1,20}")
_HEADER: Final = re.compile(rb"[!#$%&'*+\-.^`|~0-9A-Za-z]+:[\t\x20-\x7e]*")

# The first form that matches a refused header line says what is wrong with it.
_HEADER_PROBLEMS: Final = tuple(
    (re.compile(form, re.DOTALL), problem)
    for form, problem in (
        (rb"[ \t]", "a header line is folded or begins with white space"),
        (rb"[^:]*\Z", "a header line has no colon"),
        (rb":", "a header has no name"),
        (rb"[^:]*[ \t]:", "white space before the colon of a header"),
        (rb"[^:]*_", "an underscore in a header name"),
        (rb"[^:]*[^!#$%&'*+\-.^`|~0-9A-Za-z:]", "a header name holds characters that it cannot"),
        (rb"", "a header value holds control or non-ASCII characters"),
    )
)


def impossible(beginning: bytes, at: int = 0) -> str:
    """Why no continuation can make a good head of this `beginning`, or nothing. Bytes before `at` were seen already."""
    if at == 0 and _METHOD_START.match(beginning) is None:
        return "the request does not begin with a method"
    if ILLEGAL.search(beginning, at) is not None:
        return "a bare CR, a bare LF or a NUL in the head"
    return ""


def overlong(beginning: bytes) -> DownstreamProtocolError:
    """The refusal for a head that did not end within its limit; `beginning` is as much as the limit allows."""
    if problem := impossible(beginning):
        return DownstreamProtocolError(problem)
    line = beginning.partition(b"\r\n")[0]
    if len(line) > TARGET_BYTES:
        return DownstreamProtocolError("the request line is too long", status=414)
    return DownstreamProtocolError("the head is too long", status=431)


def diagnose(head: bytes) -> DownstreamProtocolError:
    """The refusal for a whole head that does not match the grammar."""
    if problem := impossible(head):
        return DownstreamProtocolError(problem)
    line, *headers = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    parts = _REQUEST_LINE.fullmatch(line)
    if parts is None:
        return DownstreamProtocolError("the request line is malformed")
    method, target, major, minor = parts.groups()
    if major != b"1" or minor not in {b"0", b"1"}:
        return DownstreamProtocolError("only HTTP/1.1 is spoken here", status=505)
    if _METHOD.fullmatch(method) is None:
        return DownstreamProtocolError("the method is malformed")
    if not target.startswith(b"/"):
        return DownstreamProtocolError("the request target is not a path")
    problem = next((_header_problem(header) for header in headers if _HEADER.fullmatch(header) is None), "")
    return DownstreamProtocolError(problem or "the request target holds characters that a URI cannot")


def _header_problem(line: bytes) -> str:
    return next(problem for form, problem in _HEADER_PROBLEMS if form.match(line) is not None)
