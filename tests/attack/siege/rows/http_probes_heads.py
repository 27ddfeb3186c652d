"""Probes about heads: header lines, request lines, hosts."""

from __future__ import annotations

from siege.cases import Fate
from siege.rows.http_bytes import POST
from siege.rows.http_probes import BODY, CALL, header, host, line, probe, refused

HEADS = [
    header("RFC9112-5.1-OBS-FOLD", b"x: a\r\n b"),
    header("RFC9110-5.6.2-SP-BEFORE-COLON", b"x : y"),
    header("RFC9112-5-EMPTY-HEADER-NAME", b": y"),
    header("RFC9112-5-INVALID-HEADER-NAME", b"x[]: y"),
    header("RFC9112-5-HEADER-NO-COLON", b"nothing"),
    header("RFC9112-2.2-BARE-LF-HEADER", b"x: y\nz: w"),
    header("SMUG-BARE-CR-HEADER-VALUE", b"x: y\rz: w"),
    header("SMUG-HEADER-INJECTION", b"x: y\r\r\nz: w"),
    header("MAL-NUL-IN-HEADER-VALUE", b"x: a\x00b"),
    header("MAL-CONTROL-CHARS-HEADER", b"x: \x01\x02\x03"),
    header("MAL-NON-ASCII-HEADER-NAME", b"x\xc3\xa9: y"),
    header("COMP-DUPLICATE-CT", b"content-type: text/plain"),
    header("COOK-NUL", b"cookie: a=\x00"),
    header("COOK-CONTROL-CHARS", b"cookie: a=\x01"),
    header("COOK-MULTI-HEADER", b"cookie: a=1\r\ncookie: b=2"),
    header("COOK-OVERSIZED", b"cookie: a=" + b"x" * 60_000, 431),
    header("MAL-LONG-HEADER-NAME", b"x" * 100_000 + b": y", 431),
    header("MAL-LONG-HEADER-VALUE", b"x: " + b"y" * 100_000, 431),
    header("MAL-MANY-HEADERS", b"\r\n".join([b"x: y"] * 10_000), 431),
    header("COMP-EXPECT-UNKNOWN", b"expect: 200-ok", 417),
    refused("COMP-WHITESPACE-BEFORE-HEADERS", b"POST /web/mcp HTTP/1.1\r\n x: y\r\nhost: <host>\r\n<head>\r\n"),
    refused("COMP-LEADING-CRLF", b"\r\n\r\n" + CALL + BODY),
    refused("RFC9112-3-CR-ONLY-LINE-ENDING", b"GET /web/mcp HTTP/1.1\rhost: <host>\r\r"),
    refused("RFC9112-2.2-BARE-LF-REQUEST-LINE", b"GET /web/mcp HTTP/1.1\nhost: <host>\r\n\r\n"),
    refused("MAL-WHITESPACE-ONLY-LINE", b"   \r\n\r\n"),
    refused("MAL-BINARY-GARBAGE", bytes(range(128, 256)) + b"\r\n\r\n"),
    refused("MAL-H2-PREFACE", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, 400),
    refused("MAL-INCOMPLETE-REQUEST", b"GET /web/mcp HTTP/1.1\r\nhost: ", 408, seconds=9.0),
    refused("COMP-POST-CL-UNDERSEND", POST + b"content-length: 1000\r\n\r\n{", 408, seconds=9.0),
    refused("MAL-EMPTY-REQUEST-LINE", b"\r\n\r\n"),
    probe("MAL-EMPTY-REQUEST", Fate(statuses=frozenset({0, 408}), refusals=0), b"", seconds=9.0),
]


REQUEST_LINES = [
    line("RFC9112-3-MULTI-SP-REQUEST-LINE", b"GET  /web/mcp  HTTP/1.1"),
    line("RFC9112-3-MISSING-TARGET", b"GET HTTP/1.1"),
    line("RFC9112-3.2-FRAGMENT-IN-TARGET", b"GET /web/mcp#frag HTTP/1.1"),
    line("RFC9112-2.3-INVALID-VERSION", b"GET /web/mcp HTTP/9.9", 505, 400),
    line("RFC9112-2.3-HTTP09-REQUEST", b"GET /web/mcp"),
    line("COMP-HTTP12-VERSION", b"GET /web/mcp HTTP/1.2", 505),
    line("COMP-VERSION-CASE", b"GET /web/mcp http/1.1"),
    line("COMP-VERSION-LEADING-ZEROS", b"GET /web/mcp HTTP/01.01"),
    line("COMP-VERSION-MISSING-MINOR", b"GET /web/mcp HTTP/1"),
    line("COMP-VERSION-WHITESPACE", b"GET /web/mcp HTTP/ 1.1"),
    line("COMP-METHOD-CASE", b"get /web/mcp HTTP/1.1"),
    line("COMP-METHOD-CONNECT", b"CONNECT evil.example:443 HTTP/1.1"),
    line("COMP-METHOD-TRACE", b"TRACE /web/mcp HTTP/1.1"),
    line("COMP-TRACE-SENSITIVE", b"TRACE / HTTP/1.1\r\ncookie: secret=1"),
    line("COMP-UNKNOWN-METHOD", b"FOO /web/mcp HTTP/1.1", 501),
    line("COMP-ASTERISK-WITH-GET", b"GET * HTTP/1.1"),
    line("COMP-OPTIONS-STAR", b"OPTIONS * HTTP/1.1"),
    line("COMP-ABSOLUTE-FORM", b"GET http://<host>/web/mcp HTTP/1.1"),
    line("SMUG-ABSOLUTE-URI-HOST-MISMATCH", b"GET http://evil.example/web/mcp HTTP/1.1"),
    line("COMP-REQUEST-LINE-TAB", b"GET\t/web/mcp\tHTTP/1.1"),
    line("COMP-SPACE-IN-TARGET", b"GET /web mcp HTTP/1.1"),
    line("MAL-NUL-IN-URL", b"GET /web\x00mcp HTTP/1.1"),
    line("MAL-NON-ASCII-URL", b"GET /caf\xc3\xa9 HTTP/1.1"),
    line("MAL-URL-BACKSLASH", b"GET /web\\mcp HTTP/1.1"),
    line("MAL-LONG-URL", b"GET /" + b"a" * 100_000 + b" HTTP/1.1", 414),
    line("MAL-LONG-METHOD", b"A" * 100_000 + b" / HTTP/1.1", 400, 414, 431, 501),
    refused("COMP-TRACE-WITH-BODY", b"TRACE /web/mcp HTTP/1.1\r\nhost: <host>\r\ncontent-length: 5\r\n\r\nhello"),
]


HOSTS = [
    host("RFC9112-7.1-MISSING-HOST", b""),
    host("RFC9110-5.4-DUPLICATE-HOST", b"host: <host>\r\nhost: evil.example\r\n"),
    host("COMP-DUPLICATE-HOST-SAME", b"host: <host>\r\nhost: <host>\r\n"),
    host("COMP-HOST-EMPTY-VALUE", b"host:\r\n"),
    host("COMP-HOST-WITH-PATH", b"host: <host>/web\r\n"),
    host("COMP-HOST-WITH-USERINFO", b"host: user@<host>\r\n"),
    host("SMUG-MULTIPLE-HOST-COMMA", b"host: <host>, evil.example\r\n"),
    refused("COMP-HTTP10-NO-HOST", b"GET /web/mcp HTTP/1.0\r\n<head>\r\n"),
]


ROWS = [*HEADS, *REQUEST_LINES, *HOSTS]
