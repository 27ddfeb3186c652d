"""H-01 to H-14, H-17, H-21, H-24, H-31, H-32, H-34: requests that are no HTTP as it is accepted here.

The corpus of `tests/wire/refused.txt` is the base. Here it is thrown at a running gateway, with the gateway's own name
and a good token in every head: a request that slipped through would be answered, and would be seen.
"""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any

from siege.cases import Bytes, Fate, case, no, stream, yes

WIRE = Path(__file__).resolve().parents[3] / "wire" / "conftest.py"
REFUSED = frozenset({"http.refused"})
_HOST = re.compile(rb"Host: a\r\n")


def gone(*statuses: int, **more: Any) -> Fate:
    """Refused by the wire: nothing behind it was reached, and the connection is over."""
    return no(*statuses, closes=True, reasons=REFUSED, **more)


@cache
def refused_corpus() -> Any:
    """The corpus' own reader."""
    spec = importlib.util.spec_from_file_location("siege_wire_corpus", WIRE)
    if spec is None or spec.loader is None:
        raise ImportError(str(WIRE))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.refused_rows()


def wire_corpus(id: str) -> list[Bytes]:
    """The corpus' requests for one case."""
    rows = [row for row in refused_corpus() if row.case == id]
    if not rows:
        raise LookupError(f"the wire corpus has no requests for {id}")
    return [stream(row.what, gone(row.status), _dressed(row.stream)) for row in rows]


def _dressed(request: bytes) -> bytes:
    """The same request for this gateway, from somebody who may call."""
    return _HOST.sub(b"Host: <host>\r\n<head>", request.replace(b" /mcp ", b" /web/mcp "), count=1)


POST = b"POST /web/mcp HTTP/1.1\r\nhost: <host>\r\n<head>"
GET = b"GET /web/mcp HTTP/1.1\r\nhost: <host>\r\n<head>"
CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"
WHOLE = b"<hexlength>\r\n<body>\r\n0\r\n\r\n"

SMUGGLING = (
    # A good call stands behind a bad one: it must not be answered, whatever the framing of the first is taken for.
    stream(
        "CL.TE with a call behind",
        gone(400),
        POST + b"content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nX<smuggled>",
    ),
    stream(
        "TE.CL with a call behind",
        gone(400),
        POST + b"transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n" + WHOLE + b"<smuggled>",
    ),
    stream(
        "CL.TE, the call as the body",
        gone(400),
        POST + b"content-length: <length>\r\ntransfer-encoding: chunked\r\n\r\n<body>",
    ),
    stream(
        "TE.CL, the call as a chunk",
        gone(400),
        POST + b"transfer-encoding: chunked\r\ncontent-length: <length>\r\n\r\n" + WHOLE,
    ),
    stream(
        "CL.0: a length of zero and a call",
        yes(statuses=frozenset({400}), effects=1, refusals=2, reasons=frozenset({"json.malformed"}), outcome="allowed"),
        POST + b"content-length: 0\r\n\r\n<smuggled>",
        answers=2,
    ),
)

ROWS = [
    case("H-01", "Content-Length and Transfer-Encoding together", wire_corpus("H-01"), SMUGGLING[:4]),
    case(
        "H-02",
        "duplicate Content-Length",
        wire_corpus("H-02"),
        stream(
            "two, a good call", gone(400), POST + b"content-length: <length>\r\ncontent-length: <length>\r\n\r\n<body>"
        ),
        stream(
            "two, the call hides behind the shorter",
            gone(400),
            POST + b"content-length: <length>\r\ncontent-length: 1\r\n\r\n<body><smuggled>",
        ),
    ),
    case("H-03", "a Content-Length that is no plain number", wire_corpus("H-03")),
    case("H-04", "a Transfer-Encoding that is not exactly `chunked`", wire_corpus("H-04")),
    case("H-05", "Transfer-Encoding in HTTP/1.0", wire_corpus("H-05")),
    case("H-06", "odd chunk sizes", wire_corpus("H-06")),
    case("H-07", "line ends within chunks", wire_corpus("H-07")),
    case(
        "H-08",
        "chunk extensions",
        wire_corpus("H-08"),
        stream(
            "a thousand small chunks with large extensions", gone(400), CHUNKED + b"1;" + b"e" * 4000 + b"\r\n{\r\n"
        ),
    ),
    case("H-09", "trailers", wire_corpus("H-09")),
    case("H-10", "control characters in heads", wire_corpus("H-10")),
    case("H-11", "header lines that are none", wire_corpus("H-11")),
    case("H-12", "request lines", wire_corpus("H-12")),
    case("H-13", "other forms of the target, other methods", wire_corpus("H-13")),
    case("H-14", "Host", wire_corpus("H-14")),
    case(
        "H-17",
        "underscores in header names",
        wire_corpus("H-17"),
        stream(
            "a good call with X_Forwarded_User",
            gone(400),
            POST + b"x_forwarded_user: root\r\ncontent-length: <length>\r\n\r\n<body>",
        ),
        stream(
            "a good call with Mcp_Session_Id",
            gone(400),
            POST + b"mcp_session_id: x\r\ncontent-length: <length>\r\n\r\n<body>",
        ),
    ),
    case("H-21", "PROXY protocol on a listener that does not expect it", wire_corpus("H-21")),
    case(
        "H-24",
        "methods in other spellings, overriding headers",
        wire_corpus("H-24"),
        stream(
            "X-HTTP-Method-Override is not heard",
            yes(),
            POST
            + b"x-http-method-override: DELETE\r\nx-method-override: GET\r\nconnection: close\r\n"
            + b"content-length: <length>\r\n\r\n<body>",
        ),
    ),
    case(
        "H-31",
        "GET, DELETE, OPTIONS with a body that holds a request",
        wire_corpus("H-31"),
        stream("GET with a call as its body", gone(400), GET + b"content-length: 900\r\n\r\n<smuggled>"),
        stream(
            "GET with a chunked call as its body",
            gone(400),
            GET + b"transfer-encoding: chunked\r\n\r\n" + WHOLE + b"<smuggled>",
        ),
    ),
    case("H-34", "too much of everything", wire_corpus("H-34")),
]
