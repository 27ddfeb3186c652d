"""Probes named after Http11Probe's ids, each written from RFC 9110 and RFC 9112: lengths, codings, chunks.

Where the RFC leaves a choice between refusing and repairing, the gateway refuses: it stands between two parsers.
"""

from __future__ import annotations

from typing import Any

from siege.cases import Bytes, Case, Fate, case, no, stream, yes
from siege.rows.http_bytes import CHUNKED, GET, POST, WHOLE, gone

CALL = POST + b"content-length: <length>\r\nconnection: close\r\n"
BODY = b"\r\n<body>"
LAST = b"0\r\n\r\n"
JSON_REFUSED = frozenset({"json.malformed"})


def refused(id: str, request: bytes, *statuses: int, **more: Any) -> Case:
    """A probe that the wire refuses."""
    return probe(id, gone(*(statuses or (400,))), request, **more)


def served(id: str, request: bytes, *present: bytes, **more: Any) -> Case:
    """A probe that is a good call."""
    return probe(id, yes(present=present), request, **more)


def judged(id: str, fate: Fate, request: bytes, **more: Any) -> Case:
    """A probe that is good HTTP, and refused for what it asks."""
    return probe(id, fate, request, **more)


def probe(id: str, fate: Fate, request: bytes, **more: Any) -> Case:
    """One probe; its id says what it is."""
    variant: Bytes = stream(id, fate, request, **more)
    return case(f"W-{id}", id, variant)


def header(id: str, line: bytes, *statuses: int) -> Case:
    """A good call with one strange line in its head."""
    return refused(id, CALL + line + b"\r\n" + BODY, *statuses)


def coding(id: str, line: bytes, *statuses: int) -> Case:
    """A call in chunks whose coding is written strangely."""
    return refused(id, POST + line + b"\r\n\r\n" + WHOLE, *statuses)


def length(id: str, value: bytes) -> Case:
    """A call whose length is written strangely."""
    return refused(id, POST + b"content-length:" + value + b"\r\n\r\n<body>")


def chunks(id: str, body: bytes) -> Case:
    """A body in chunks that are none."""
    return refused(id, CHUNKED + body)


def line(id: str, first: bytes, *statuses: int) -> Case:
    """A request line."""
    return refused(id, first + b"\r\nhost: <host>\r\n<head>\r\n", *statuses)


def host(id: str, lines: bytes) -> Case:
    """A good call with other Host lines."""
    request = b"POST /web/mcp HTTP/1.1\r\n" + lines + b"<head>content-length: <length>\r\n\r\n<body>"
    return refused(id, request)


BASICS = [
    served("COMP-BASELINE", CALL + BODY, b"content-type: application/json", b"date: ", b"content-length: "),
    served("COMP-POST-CL-BODY", CALL + BODY),
    served("COMP-CONNECTION-CLOSE", CALL + BODY, b"connection: close"),
    served("COMP-CHUNKED-BODY", CHUNKED + WHOLE),
    served("COMP-CHUNKED-HEX-UPPERCASE", CHUNKED + b"000<hexlength>\r\n<body>\r\n" + LAST),
    served("COMP-RANGE-POST", CALL + b"range: bytes=0-1\r\n" + BODY),
    served("COMP-RANGE-INVALID", CALL + b"range: lines=9-1\r\n" + BODY),
    served("MAL-RANGE-OVERLAPPING", CALL + b"range: bytes=0-,0-,0-\r\n" + BODY),
    served("COMP-HTTP10-DEFAULT-CLOSE", CALL.replace(b"HTTP/1.1", b"HTTP/1.0") + BODY),
    served("COMP-NO-1XX-HTTP10", CALL.replace(b"HTTP/1.1", b"HTTP/1.0") + b"expect: 100-continue\r\n" + BODY),
    served("SMUG-CL-TRAILING-SPACE", POST + b"content-length: <length> \r\nconnection: close\r\n\r\n<body>"),
    served("SMUG-CL-EXTRA-LEADING-SP", POST + b"content-length:  <length>\r\nconnection: close\r\n\r\n<body>"),
    served("MAL-CL-TAB-BEFORE-VALUE", POST + b"content-length:\t<length>\r\nconnection: close\r\n\r\n<body>"),
    served("SMUG-TE-TAB-BEFORE-VALUE", POST + b"transfer-encoding:\tchunked\r\n\r\n" + WHOLE),
    served("SMUG-TE-TRAILING-SPACE", POST + b"transfer-encoding: chunked \r\n\r\n" + WHOLE),
    served("NORM-CASE-TE", POST + b"tRaNsFeR-eNcOdInG: chunked\r\n\r\n" + WHOLE),
    judged("COMP-CHUNKED-EMPTY", no(400, code=-32700, reasons=JSON_REFUSED), CHUNKED + LAST),
    judged("COMP-POST-CL-ZERO", no(400, code=-32700), POST + b"content-length: 0\r\n\r\n"),
    judged("COMP-POST-NO-CL-NO-TE", no(400, code=-32700), POST + b"\r\n"),
    judged(
        "COMP-POST-UNSUPPORTED-CT",
        no(415),
        CALL.replace(b"<head>", b"authorization: Bearer <token>\r\ncontent-type: text/plain\r\n") + BODY,
    ),
    judged(
        "COMP-ACCEPT-NONSENSE",
        no(406),
        b"POST /web/mcp HTTP/1.1\r\nhost: <host>\r\nauthorization: Bearer <token>\r\ncontent-type: application/json\r\n"
        b"accept: nonsense/x\r\ncontent-length: <length>\r\n\r\n<body>",
    ),
    judged("COMP-LONG-URL-OK", no(404), CALL.replace(b"/web/mcp", b"/" + b"a" * 8_000) + BODY),
    judged("COMP-405-ALLOW", no(405, present=(b"allow: POST",)), b"PUT /web/mcp HTTP/1.1\r\nhost: <host>\r\n\r\n"),
    judged("COMP-OPTIONS-ALLOW", no(405, present=(b"allow: ",)), b"OPTIONS /web/mcp HTTP/1.1\r\nhost: <host>\r\n\r\n"),
    judged("COMP-HEAD-NO-BODY", no(405), b"HEAD /web/mcp HTTP/1.1\r\nhost: <host>\r\n\r\n", method="HEAD"),
    judged("MAL-URL-PERCENT-NULL", no(404), CALL.replace(b"/web/mcp", b"/web/mcp%00") + BODY),
    judged(
        "MAL-URL-PERCENT-CRLF",
        no(404, absent=(b"\r\nx-evil",)),
        CALL.replace(b"/web/mcp", b"/web/mcp%0d%0aX-Evil:%20y") + BODY,
    ),
    judged("MAL-URL-OVERLONG-UTF8", no(404), CALL.replace(b"/web/mcp", b"/web%c0%afmcp") + BODY),
]
LENGTHS = [
    length("RFC9112-6.1-CL-NON-NUMERIC", b" abc"),
    length("RFC9112-6.1-CL-PLUS-SIGN", b" +<length>"),
    length("SMUG-CL-NEGATIVE", b" -1"),
    length("SMUG-CL-NEGATIVE-ZERO", b" -0"),
    length("SMUG-CL-LEADING-ZEROS", b" 0<length>"),
    length("SMUG-CL-LEADING-ZEROS-OCTAL", b" 0200"),
    length("SMUG-CL-OCTAL", b" 0o200"),
    length("SMUG-CL-HEX-PREFIX", b" 0x<hexlength>"),
    length("SMUG-CL-INTERNAL-SPACE", b" 1 50"),
    length("SMUG-CL-UNDERSCORE", b" 1_50"),
    length("SMUG-CL-DOUBLE-ZERO", b" 00"),
    length("SMUG-CL-COMMA-SAME", b" <length>, <length>"),
    length("SMUG-CL-COMMA-DIFFERENT", b" <length>, 5"),
    length("SMUG-CL-COMMA-TRIPLE", b" <length>,<length>,<length>"),
    length("MAL-CL-EMPTY", b""),
    length("MAL-CL-OVERFLOW", b" 99999999999999999999"),
    length("SMUG-DUPLICATE-CL", b" <length>\r\ncontent-length: 5"),
    length("SMUG-DUPLICATE-CL-SMUGGLED-GET", b" 1\r\ncontent-length: <length>"),
    refused("MAL-POST-CL-HUGE-NO-BODY", POST + b"content-length: 999999999\r\n\r\n", 413),
    refused("SMUG-HEAD-CL-BODY", GET.replace(b"GET", b"HEAD", 1) + b"content-length: 5\r\n\r\nhello"),
    refused("SMUG-OPTIONS-CL-BODY", GET.replace(b"GET", b"OPTIONS", 1) + b"content-length: 5\r\n\r\nhello"),
    refused("SMUG-OPTIONS-CL-BODY-DESYNC", GET.replace(b"GET", b"OPTIONS", 1) + b"content-length: 9\r\n\r\n<smuggled>"),
    refused("COMP-GET-WITH-CL-BODY", GET + b"content-length: 5\r\n\r\nhello"),
    refused("SMUG-GET-CL-BODY-DESYNC", GET + b"content-length: 9\r\n\r\n<smuggled>"),
    refused("SMUG-GET-CL-PREFIX-DESYNC", GET + b"content-length: 3\r\n\r\nabc<smuggled>"),
    header("NORM-SP-BEFORE-COLON-CL", b"content-length : 5"),
    header("NORM-UNDERSCORE-CL", b"content_length: 5"),
]
TWO_FRAMINGS = [
    refused("SMUG-CL-TE-BOTH", POST + b"content-length: <length>\r\ntransfer-encoding: chunked\r\n\r\n" + WHOLE),
    refused(
        "SMUG-CLTE-PIPELINE", POST + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n" + LAST + b"<smuggled>"
    ),
    refused(
        "SMUG-TECL-PIPELINE", POST + b"transfer-encoding: chunked\r\ncontent-length: 30\r\n\r\n" + LAST + b"<smuggled>"
    ),
    refused("SMUG-CLTE-CONN-CLOSE", CALL + b"transfer-encoding: chunked\r\n\r\n" + LAST),
    refused(
        "SMUG-TECL-CONN-CLOSE",
        POST + b"transfer-encoding: chunked\r\nconnection: close\r\ncontent-length: 5\r\n\r\n" + LAST,
    ),
    refused(
        "SMUG-CLTE-DESYNC", POST + b"content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n" + LAST + b"X<smuggled>"
    ),
    refused(
        "SMUG-TECL-DESYNC", POST + b"transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n" + WHOLE + b"<smuggled>"
    ),
    refused(
        "SMUG-CLTE-SMUGGLED-GET",
        POST + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n" + LAST + GET + b"\r\n",
    ),
    refused(
        "SMUG-CLTE-SMUGGLED-HEAD",
        POST + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n" + LAST + b"HEAD / HTTP/1.1\r\n\r\n",
    ),
    refused(
        "SMUG-TECL-SMUGGLED-GET",
        POST + b"transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n" + LAST + GET + b"\r\n",
    ),
    *(
        refused(
            f"SMUG-CLTE-SMUGGLED-GET-{name}",
            POST + b"content-length:" + cl + b"\r\ntransfer-encoding:" + te + b"\r\n\r\n" + LAST + GET + b"\r\n",
        )
        for name, cl, te in (
            ("CL-PLUS", b" +5", b" chunked"),
            ("CL-NON-NUMERIC", b" five", b" chunked"),
            ("TE-TRAILING-SPACE", b" 5", b" chunked "),
            ("TE-LEADING-COMMA", b" 5", b" ,chunked"),
            ("TE-OBS-FOLD", b" 5", b"\r\n chunked"),
            ("TE-CASE-MISMATCH", b" 5", b" Chunked"),
        )
    ),
    refused("SMUG-CL0-BODY-POISON", POST + b"content-length: 0\r\ntransfer-encoding: chunked\r\n\r\n" + WHOLE),
    refused("SMUG-TE-HTTP10", CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + WHOLE),
    refused(
        "SMUG-EXPECT-100-CL",
        POST + b"expect: 100-continue\r\ncontent-length: <length>\r\ncontent-length: 5\r\n\r\n<body>",
    ),
    refused("SMUG-EXPECT-100-CL-DESYNC", GET + b"expect: 100-continue\r\ncontent-length: 9\r\n\r\n<smuggled>"),
]
CODINGS = [
    coding("SMUG-TE-XCHUNKED", b"transfer-encoding: xchunked", 501),
    coding("SMUG-TE-IDENTITY", b"transfer-encoding: identity", 501),
    coding("SMUG-TE-NOT-FINAL-CHUNKED", b"transfer-encoding: chunked, gzip", 501),
    coding("SMUG-TE-DOUBLE-CHUNKED", b"transfer-encoding: chunked, chunked", 501),
    coding("SMUG-TE-CASE-MISMATCH", b"transfer-encoding: Chunked", 501),
    coding("COMP-UNKNOWN-TE-501", b"transfer-encoding: br", 501),
    coding("SMUG-CHUNKED-WITH-PARAMS", b"transfer-encoding: chunked;ext=val"),
    coding("SMUG-TE-EMPTY-VALUE", b"transfer-encoding:"),
    coding("SMUG-TE-LEADING-COMMA", b"transfer-encoding: ,chunked"),
    coding("SMUG-TE-TRAILING-COMMA", b"transfer-encoding: chunked,"),
    coding("SMUG-TE-DUPLICATE-HEADERS", b"transfer-encoding: chunked\r\ntransfer-encoding: chunked"),
    coding("SMUG-TE-DUPLICATE-HEADERS-SMUGGLED-GET", b"transfer-encoding: chunked\r\ntransfer-encoding: identity"),
    coding("SMUG-TE-SP-BEFORE-COLON", b"transfer-encoding : chunked"),
    coding("SMUG-TE-OBS-FOLD", b"transfer-encoding:\r\n chunked"),
    coding("SMUG-OPTIONS-TE-OBS-FOLD", b"x: y\r\n\ttransfer-encoding: chunked"),
    coding("SMUG-TE-VTAB", b"transfer-encoding:\x0bchunked"),
    coding("SMUG-TE-FORMFEED", b"transfer-encoding:\x0cchunked"),
    coding("SMUG-TE-NULL", b"transfer-encoding: chunked\x00"),
    coding("SMUG-TRANSFER_ENCODING", b"transfer_encoding: chunked"),
    coding("NORM-UNDERSCORE-TE", b"content-length: 5\r\ntransfer_encoding: chunked"),
    coding("NORM-TAB-IN-NAME", b"transfer\t-encoding: chunked"),
]
CHUNKING = [
    chunks("SMUG-CHUNK-BARE-SEMICOLON", b"<hexlength>;\r\n<body>\r\n" + LAST),
    chunks("SMUG-CHUNK-HEX-PREFIX", b"0x<hexlength>\r\n<body>\r\n" + LAST),
    chunks("SMUG-CHUNK-UNDERSCORE", b"0_<hexlength>\r\n<body>\r\n" + LAST),
    chunks("SMUG-CHUNK-LEADING-SP", b" <hexlength>\r\n<body>\r\n" + LAST),
    chunks("SMUG-CHUNK-SIZE-TRAILING-OWS", b"<hexlength> \r\n<body>\r\n" + LAST),
    chunks("SMUG-CHUNK-SIZE-PLUS", b"+<hexlength>\r\n<body>\r\n" + LAST),
    chunks("SMUG-CHUNK-NEGATIVE", b"-1\r\n<body>\r\n" + LAST),
    chunks("SMUG-CHUNK-INVALID-SIZE-DESYNC", b"+0\r\n\r\n<smuggled>"),
    chunks("SMUG-CHUNK-MISSING-TRAILING-CRLF", b"<hexlength>\r\n<body>" + LAST),
    chunks("SMUG-CHUNK-SPILL", b"5\r\n<body>\r\n" + LAST),
    chunks("SMUG-CHUNK-LF-TERM", b"<hexlength>\r\n<body>\n" + LAST),
    chunks("SMUG-CHUNK-BARE-CR-TERM", b"<hexlength>\r<body>\r\n" + LAST),
    chunks("SMUG-CHUNK-LF-TRAILER", b"<hexlength>\r\n<body>\r\n0\r\n\n"),
    chunks("SMUG-CHUNK-EXT-LF", b"<hexlength>;a\nb\r\n<body>\r\n" + LAST),
    chunks("SMUG-CHUNK-EXT-CR", b"<hexlength>;a\rb\r\n<body>\r\n" + LAST),
    chunks("SMUG-CHUNK-EXT-CTRL", b"<hexlength>;a\x00b\r\n<body>\r\n" + LAST),
    chunks("SMUG-CHUNK-EXT-INVALID-TOKEN", b"<hexlength>;a b=c\r\n<body>\r\n" + LAST),
    chunks("COMP-CHUNKED-EXTENSION", b"<hexlength>;a=b\r\n<body>\r\n" + LAST),
    chunks("MAL-CHUNK-EXT-64K", b"1;" + b"e" * 65_536 + b"\r\n"),
    refused("MAL-CHUNK-SIZE-OVERFLOW", CHUNKED + b"FFFFFFFFFFFFFFFF0\r\nabc", 400, 413),
    *(
        chunks(f"SMUG-TRAILER-{name}", b"<hexlength>\r\n<body>\r\n0\r\n" + trailer + b"\r\n\r\n")
        for name, trailer in (
            ("CL", b"content-length: 5"),
            ("TE", b"transfer-encoding: chunked"),
            ("HOST", b"host: evil.example"),
            ("AUTH", b"authorization: Bearer x"),
            ("CONTENT-TYPE", b"content-type: text/plain"),
        )
    ),
    chunks("COMP-CHUNKED-TRAILER-VALID", b"<hexlength>\r\n<body>\r\n0\r\nx-checksum: 1\r\n\r\n"),
    refused("COMP-CHUNKED-NO-FINAL", CHUNKED + b"<hexlength>\r\n<body>\r\n", 408, seconds=9.0),
]
PIPELINED = [
    probe(
        "SMUG-PIPELINE-SAFE",
        Fate(statuses=frozenset({200}), effects=2, refusals=0, intents=2, outcome="allowed"),
        b"<call><call>",
        answers=2,
    )
]
ROWS = [*BASICS, *LENGTHS, *TWO_FRAMINGS, *CODINGS, *CHUNKING, *PIPELINED]
