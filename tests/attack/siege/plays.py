"""What the canary does when it is asked to misbehave: bytes, pauses and ends, by name.

`<id>` stands for the id of the request that is being answered. POISON in a part must never reach a client.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).resolve().parents[2] / "protocol" / "corpus.jsonl"
GOOD = b'{"jsonrpc":"2.0","id":<id>,"result":{"content":[{"type":"text","text":"good"}],"resultType":"complete"}}'
POISON = b'{"jsonrpc":"2.0","id":<id>,"result":{"content":[{"type":"text","text":"POISON"}],"resultType":"complete"}}'
OTHER = POISON.replace(b"<id>", b"999999")
END = "end"

Step = bytes | float | str
"""Bytes to send, seconds to wait, or the end of the connection."""


def answer(body: bytes, *, status: int = 200, extra: bytes = b"", kind: bytes = b"application/json") -> bytes:
    """A whole HTTP answer. Its length is filled in when it is performed: ids differ."""
    return b"HTTP/1.1 %d X\r\ncontent-type: %b\r\n%bcontent-length: <length>\r\n\r\n%b" % (status, kind, extra, body)


def last(body: bytes, *, status: int = 200, extra: bytes = b"", kind: bytes = b"application/json") -> list[Step]:
    """A whole answer, and the end of the connection, which it announces: whoever asks next takes another one."""
    return [answer(body, status=status, extra=extra + b"connection: close\r\n", kind=kind), END]


def events(*bodies: bytes, end: bool = True) -> list[Step]:
    """An event stream with one event for each body."""
    stream = b"".join(b"event: message\ndata: %b\n\n" % body for body in bodies)
    return raw_events(stream, end=end)


def raw_events(stream: bytes, *, end: bool = True) -> list[Step]:
    """An event stream of these very bytes, which ends with the connection."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    return [head + stream, END] if end else [head + stream, 60.0, END]


def head(lines: bytes, body: bytes = POISON) -> list[Step]:
    """An answer with a strange head, for a body of the right length."""
    return [b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + lines + b"\r\n" + body, 0.2, END]


def said(result: Any) -> bytes:
    """A reply with this result."""
    return b'{"jsonrpc":"2.0","id":<id>,"result":' + json.dumps(result).encode() + b"}"


def text(words: str, **more: Any) -> dict[str, Any]:
    """A tool's result that says something."""
    return {"content": [{"type": "text", "text": words}], "resultType": "complete", **more}


CHUNKED = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
LENGTH = b"content-length: <length>\r\n"

HTTP_PARTS: dict[str, list[Step]] = {
    # H-39: heads and framing
    "length-and-chunked": head(LENGTH + b"transfer-encoding: chunked\r\n", b"0\r\n\r\n" + POISON),
    "two-lengths": head(LENGTH + b"content-length: 5\r\n"),
    "two-equal-lengths": head(LENGTH + LENGTH),
    "length-plus": head(b"content-length: +<length>\r\n"),
    "length-negative": head(b"content-length: -1\r\n"),
    "unknown-coding": head(b"transfer-encoding: xchunked\r\n"),
    "bare-lf": [b"HTTP/1.1 200 OK\ncontent-type: application/json\ncontent-length: <length>\n\n" + POISON, 0.2, END],
    "bare-lf-in-header": head(b"x: y\nset-cookie: POISON\r\n" + LENGTH),
    "bare-cr-in-header": head(b"x: y\rset-cookie: POISON\r\n" + LENGTH),
    "cr-in-reason": [answer(POISON).replace(b"200 X", b"200 O\rK"), 0.2, END],
    "nul-in-header": head(b"x: a\x00b\r\n" + LENGTH),
    "folded-header": head(b"x: a\r\n b\r\n" + LENGTH),
    "space-before-colon": head(b"content-length : <length>\r\n"),
    "http-0.9": [POISON, 0.2, END],
    "http-2.0": [answer(POISON).replace(b"HTTP/1.1", b"HTTP/2.0"), 0.2, END],
    "lower-case-version": [answer(POISON).replace(b"HTTP/1.1", b"http/1.1"), 0.2, END],
    "status-99": [answer(POISON, status=99), 0.2, END],
    "status-1000": [answer(POISON, status=1000), 0.2, END],
    "interim-flood": [b"HTTP/1.1 100 Continue\r\n\r\n" * 500 + answer(POISON), END],
    "switching": [b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n" + POISON, 0.2, END],
    "giant-header": head(b"x: " + b"a" * 200_000 + b"\r\n" + LENGTH),
    "thousand-headers": head(b"a: b\r\n" * 1_000 + LENGTH),
    "chunk-extension": [CHUNKED + b"5;a=b\r\nPOISO\r\n0\r\n\r\n", 0.2, END],
    "chunk-size-wrong": [CHUNKED + b"0x3\r\nPOI\r\n0\r\n\r\n", 0.2, END],
    "chunk-end-wrong": [CHUNKED + b"3\r\nPOIXX0\r\n\r\n", 0.2, END],
    "chunk-trailer": [CHUNKED + b"3\r\nPOI\r\n0\r\nset-cookie: POISON\r\n\r\n", 0.2, END],
    "cut-short": [b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n" + POISON, END],
    "compressed": last(POISON, extra=b"content-encoding: gzip\r\n"),
    "html": last(b"<html>POISON</html>", kind=b"text/html"),
    "no-type": [b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: <length>\r\n\r\n" + POISON, END],
    "two-types": head(b"content-type: text/html\r\n" + LENGTH),
    "no-content": [b"HTTP/1.1 204 No Content\r\n\r\n"],
    "accepted": [answer(b"", status=202)],
    "server-error": last(b"POISON: traceback", status=500, kind=b"text/plain"),
    "closes-at-once": [END],
    # Headers that must not be passed on.
    "many-headers": [
        answer(
            GOOD,
            extra=b"set-cookie: POISON=1\r\nx-powered-by: POISON\r\nserver: POISON\r\n"
            b"access-control-allow-origin: *\r\nlocation: http://POISON\r\nmcp-session-id: POISON\r\n"
            b"www-authenticate: POISON\r\nkeep-alive: timeout=9\r\n",
        )
    ],
    # H-40
    **{
        f"redirect-{status}-{what}": last(POISON, status=status, extra=b"location: %b\r\n" % where)
        for status in (301, 302, 303, 307, 308)
        for what, where in (("host", b"http://127.0.0.1:9/"), ("metadata", b"http://169.254.169.254/"), ("self", b"/"))
    },
    # H-41
    "leftover": [answer(GOOD) + answer(OTHER)],
    "leftover-late": [answer(GOOD), 0.05, answer(OTHER)],
    "leftover-head": [answer(GOOD) + b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-poison: "],
    # M-45
    "challenge-401": [
        answer(b"POISON", status=401, extra=b'www-authenticate: Bearer resource_metadata="http://10.0.0.1/POISON"\r\n')
    ],
    "challenge-403": [answer(POISON, status=403, extra=b'www-authenticate: Bearer scope="POISON"\r\n')],
    # M-42
    "stream-without-reply": raw_events(b": hello\n\n"),
    "stream-cut-in-event": raw_events(b"data: " + POISON[:40]),
    "stream-silent": raw_events(b": hello\n\n", end=False),
    "head-only": [b"HTTP/1.1 200 OK\r\n", 60.0, END],
    "never-answers": [60.0, END],
}

LOG = b'{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"%b"}}'
PROGRESS = b'{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%b,"progress":1}}'
ASK = b'{"jsonrpc":"2.0","id":5,"method":"%b","params":{"message":"POISON","messages":[],"maxTokens":1}}'

# M-30, M-31, M-40 to M-43: JSON answers, and streams. `True`: nothing of it may pass; `False`: the good part does.
MESSAGES: dict[str, list[bytes]] = {
    "id-wrong": [OTHER],
    "id-as-text": [POISON.replace(b"<id>", b'"<id>"')],
    "id-null": [POISON.replace(b"<id>", b"null")],
    "id-fraction": [POISON.replace(b"<id>", b"<id>.0")],
    "id-missing": [POISON.replace(b'"id":<id>,', b"")],
    "result-and-error": [POISON[:-1] + b',"error":{"code":1,"message":"POISON"}}'],
    "neither": [b'{"jsonrpc":"2.0","id":<id>}'],
    "result-text": [b'{"jsonrpc":"2.0","id":<id>,"result":"POISON"}'],
    "result-null": [b'{"jsonrpc":"2.0","id":<id>,"result":null}'],
    "error-text": [b'{"jsonrpc":"2.0","id":<id>,"error":"POISON"}'],
    "batch": [b"[" + POISON + b"]"],
    "no-message": [b'"POISON"'],
    "two-documents": [POISON + POISON],
    "too-large": [said(text("POISON" * 200_000))],
    "too-deep": [b'{"jsonrpc":"2.0","id":<id>,"result":{"content":' + b"[" * 500 + b"]" * 500 + b"}}"],
    "too-many": [b'{"jsonrpc":"2.0","id":<id>,"result":{"content":[0' + b",0" * 1_000_001 + b"]}}"],
}
STREAMS: dict[str, list[Step]] = {
    "event-no-json": raw_events(b"data: POISON\n\n"),
    "event-cr-only": raw_events(b"data: " + POISON.replace(b",", b",\rdata: ", 1) + b"X\r\r"),
    "event-too-large": raw_events(b"data: " + b"P" * 2_000_000 + b"\n\n"),
    "event-comment-flood": raw_events(b": " + b"x" * 2_000_000 + b"\n\n"),
    "event-not-utf-8": raw_events(b"event: \xff\ndata: " + POISON + b"\n\n"),
    "event-other-type": raw_events(b"event: endpoint\ndata: " + POISON + b"\n\n"),
    "event-asks-sampling": events(ASK % b"sampling/createMessage", GOOD),
    "event-asks-elicitation": events(ASK % b"elicitation/create", GOOD),
    "event-asks-roots": events(ASK % b"roots/list", GOOD),
    "event-asks-unknown": events(ASK % b"POISON/run", GOOD),
}
# The reply passes; what stands beside it must not.
SEPARATORS = (
    said(text("a\u2028data: x\u0085b\u2029c")).replace(b"\\u2028", b"\xe2\x80\xa8").replace(b"\\u2029", b"\xe2\x80\xa9")
)
SEPARATORS = SEPARATORS.replace(b"\\u0085", b"\xc2\x85")
BESIDE: dict[str, list[Step]] = {
    "lines-in-stream": events(LOG % b"one", SEPARATORS),
    "fields-in-stream": raw_events(
        b"retry: 0\nid: POISON\x00\ndata: "
        + LOG % b"one"
        + b"\r\n\r\n: POISON\r\revent: message\ndata:"
        + SEPARATORS
        + b"\n\n"
    ),
    "two-replies": events(GOOD, POISON),
    "reply-then-log": events(GOOD, LOG % b"POISON"),
    "foreign-progress": events(PROGRESS % b'"POISON"', PROGRESS % b"12345", GOOD),
    "unknown-notification": events(b'{"jsonrpc":"2.0","method":"notifications/POISON"}', GOOD),
    "injected-fields": raw_events(b"id: POISON\x00\nretry: 0\nevent: message\ndata: " + GOOD + b"\n\n"),
    "injected-lines": raw_events(b"data: " + SEPARATORS + b"\n\n"),
    "byte-order-mark": raw_events(b"\xef\xbb\xbfdata: " + GOOD + b"\n\n"),
    "data-over-lines": raw_events(b"data: " + GOOD.replace(b",", b",\ndata: ") + b"\n\n"),
}

PIPE_PARTS: dict[str, list[Step]] = {
    "no-json": [b"POISON is not JSON\n"] * 5,
    "one-bad-line": [b"Listening on port 1\n", GOOD + b"\n"],
    "two-on-a-line": [GOOD + GOOD + b"\n"] * 5,
    "not-utf-8": [b'{"a":"\xff"}\n'] * 5,
    "nul": [b"\x00" + POISON + b"\n"] * 5,
    "byte-order-mark": [b"\xef\xbb\xbf" + POISON + b"\n"] * 5,
    "crlf": [GOOD + b"\r\n"],
    "in-pieces": [GOOD[:20], 0.05, GOOD[20:40], 0.05, GOOD[40:] + b"\n"],
    "too-long": [b"P" * 3_000_000 + b"\n"] * 4,
    "never-ends-the-line": [GOOD, 60.0],
    "stderr-flood": ["stderr", GOOD + b"\n"],
    "dies": [END],
    "dies-within": [GOOD[:30], END],
    "two-replies": [GOOD + b"\n", POISON + b"\n"],
    "foreign-id": [OTHER + b"\n", GOOD + b"\n"],
    "asks-sampling": [ASK % b"sampling/createMessage" + b"\n", GOOD + b"\n"],
    "asks-unknown": [ASK % b"POISON/run" + b"\n", GOOD + b"\n"],
    "foreign-progress": [PROGRESS % b'"POISON"' + b"\n", GOOD + b"\n"],
    "stray-log": [LOG % b"POISON" + b"\n", GOOD + b"\n"],
}


def corpus_part(index: int) -> bytes:
    """A document of the JSON corpus as (part of) a reply."""
    row = json.loads(CORPUS.read_text("utf-8").splitlines()[index])
    pieces = row["text"] if isinstance(row["text"], list) else [row["text"]]
    body = "".join(piece if isinstance(piece, str) else piece[0] * piece[1] for piece in pieces).encode("latin-1")
    if row["in"] == "body":
        return body
    return b'{"jsonrpc":"2.0","id":<id>,"result":{"content":[],"POISON":' + body + b"}}"


def steps_of(part: str) -> list[Step]:
    """What to do over HTTP."""
    kind, _, rest = part.partition(":")
    if kind == "corpus":
        return [answer(corpus_part(int(rest)))]
    if kind == "stream":
        return events(*MESSAGES[rest])
    if kind == "say":
        return [answer(said(json.loads(rest)))]
    if kind == "say-stream":
        return events(said(json.loads(rest)))
    if part in MESSAGES:
        return [answer(MESSAGES[part][0])]
    return STREAMS.get(part) or BESIDE.get(part) or HTTP_PARTS[part]


def perform(part: str, request_id: Any, line: socket.socket) -> bool:
    """Act on a connection; tell whether it goes on."""
    for step in steps_of(part):
        if step == END:
            return False
        if isinstance(step, bytes):
            line.sendall(filled(step, request_id))
        elif isinstance(step, float):
            time.sleep(step)
    return True


def perform_on_pipe(part: str, request_id: Any, say: Callable[[bytes], None]) -> None:
    """Act on standard output."""
    import os
    import sys

    kind, _, rest = part.partition(":")
    if kind == "corpus":
        steps: list[Step] = [corpus_part(int(rest)).replace(b"\n", b" ") + b"\n"] * 4
    elif kind == "say":
        steps = [said(json.loads(rest)) + b"\n"]
    elif part in MESSAGES:
        steps = [MESSAGES[part][0] + b"\n"] * 4
    else:
        steps = PIPE_PARTS[part]
    for step in steps:
        if step == END:
            os._exit(1)
        elif step == "stderr":
            sys.stderr.write("noise \x1b[31m" * 100_000)
            sys.stderr.flush()
        elif isinstance(step, bytes):
            say(filled(step, request_id))
        elif isinstance(step, float):
            time.sleep(step)


def filled(step: bytes, request_id: Any) -> bytes:
    """Bytes with the request's id, and the length of what follows the head, in their places."""
    step = step.replace(b"<id>", json.dumps(request_id).encode())
    before, mark, body = step.partition(b"\r\n\r\n")
    if mark and before.count(b"<length>"):
        following = body.find(b"HTTP/1.1 ")
        first = body if following < 0 else body[:following]
        rest = b"" if following < 0 else filled(body[following:], request_id)
        return before.replace(b"<length>", str(len(first)).encode()) + mark + first + rest
    return step.replace(b"<length>", str(len(step.rpartition(b"\n\n")[2])).encode())
