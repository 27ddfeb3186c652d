"""Probes of good calls with fields that mean nothing to the gateway: upgrades, cookies, conditions, ranges.

They are answered as if the field were not there: no other protocol, no 304, nothing parsed that is not needed.
"""

from __future__ import annotations

from siege.cases import Case, Fate
from siege.rows.http_bytes import CHUNKED
from siege.rows.http_probes import BODY, CALL, LAST, judged, served

UPGRADING = CALL.replace(b"connection: close", b"connection: upgrade")
WEBSOCKET = b"upgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
EARLIER = b"Mon, 01 Jan 2024 00:00:00 GMT"


def beside(id: str, lines: bytes) -> Case:
    """A good call with one more field, which changes nothing: the reply and its own media type."""
    return served(id, CALL + lines + b"\r\n" + BODY, b"HTTP/1.1 200 ", b"content-type: application/json")


UPGRADES = [
    served("COMP-UPGRADE-POST", UPGRADING + WEBSOCKET + BODY),
    served("COMP-UPGRADE-UNKNOWN", UPGRADING + b"upgrade: none/1\r\n" + BODY),
    served("COMP-UPGRADE-MISSING-CONN", CALL + WEBSOCKET + b"sec-websocket-version: 13\r\n" + BODY),
    served("COMP-UPGRADE-INVALID-VER", UPGRADING + WEBSOCKET + b"sec-websocket-version: 99\r\n" + BODY),
    served("COMP-UPGRADE-HTTP10", UPGRADING.replace(b"HTTP/1.1", b"HTTP/1.0") + WEBSOCKET + BODY),
]
COOKIES = [
    beside("COOK-ECHO", b"cookie: foo=bar; a; =; b=="),
    beside("COOK-EMPTY", b"cookie: "),
    beside("COOK-MALFORMED", b"cookie: ===;;;"),
    beside("COOK-MANY-PAIRS", b"cookie: " + b"; ".join(b"k%d=v%d" % (number, number) for number in range(1_000))),
    beside("COOK-PARSED-BASIC", b"cookie: foo=bar"),
    beside("COOK-PARSED-EMPTY-VAL", b"cookie: foo="),
    beside("COOK-PARSED-MULTI", b"cookie: a=1; b=2; c=3"),
    beside("COOK-PARSED-SPECIAL", b"cookie: tok=abc=123==; path=/a%20b"),
]
CONDITIONS = [
    beside("CAP-ETAG-304", b'if-none-match: "x"'),
    beside("CAP-ETAG-IN-304", b'if-none-match: "x", "y"'),
    beside("CAP-ETAG-WEAK", b'if-none-match: W/"x"'),
    beside("CAP-INM-PRECEDENCE", b'if-none-match: "x"\r\nif-modified-since: ' + EARLIER),
    beside("CAP-INM-UNQUOTED", b"if-none-match: x"),
    beside("CAP-INM-WILDCARD", b"if-none-match: *"),
    beside("CAP-IMS-FUTURE", b"if-modified-since: Fri, 01 Jan 2100 00:00:00 GMT"),
    beside("CAP-IMS-INVALID", b"if-modified-since: yesterday"),
    beside("CAP-LAST-MODIFIED-304", b"if-modified-since: " + EARLIER),
]
ANSWERS = [
    served("COMP-CHUNKED-MULTI", CHUNKED + b"<two chunks>" + LAST),
    served("COMP-CONTENT-TYPE", CALL + BODY, b"\r\ncontent-type: application/json\r\n"),
    served("COMP-DATE-HEADER", CALL + BODY, b"\r\ndate: "),
    served("COMP-DATE-FORMAT", CALL + BODY, b" GMT\r\n"),
    judged(
        "COMP-NO-CL-IN-204",
        Fate(statuses=frozenset({204}), refusals=0, absent=(b"content-length", b"transfer-encoding")),
        b"OPTIONS /web/mcp HTTP/1.1\r\nhost: <host>\r\norigin: <scheme>://<host>\r\n"
        b"access-control-request-method: POST\r\n\r\n",
    ),
]
ROWS = [*UPGRADES, *COOKIES, *CONDITIONS, *ANSWERS]
