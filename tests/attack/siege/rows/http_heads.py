"""H-15 to H-30: good HTTP whose head deceives: hosts, origins, paths, types."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from siege.cases import Bytes, Fate, Talk, act, case, no, stream, talk, yes
from siege.rows.http_bytes import POST, gone, wire_corpus
from siege.speech import ABSENT, Say, call
from siege.stories.http_use import (
    no_cors,
)


def headed(what: str, fate: Fate, **head: object) -> Talk:
    """A good call but for some headers; underscores stand for hyphens."""
    replaced = {name.replace("_", "-"): value for name, value in head.items()}
    return talk(what, call("echo", {"text": "x"}, head=replaced), fate, servers="web")


def foreign_hosts() -> Iterator[Bytes]:
    """Calls that name another host than the gateway."""
    for what, value in (
        ("another name", b"evil.example"),
        ("another name, the right port", b"evil.example:<port>"),
        ("no port", b"127.0.0.1"),
        ("another port", b"127.0.0.1:1"),
        ("a trailing dot", b"localhost.:<port>"),
        ("another address of this machine", b"127.0.0.2:<port>"),
        ("all addresses", b"0.0.0.0:<port>"),
        ("a number for an address", b"2130706433:<port>"),
        ("a short address", b"127.1:<port>"),
        ("an address in octal", b"0177.0.0.1:<port>"),
        ("a suffix", b"127.0.0.1.evil.example:<port>"),
        ("a mapped address", b"[::ffff:127.0.0.1]:<port>"),
        ("a long form of the loopback", b"[0:0:0:0:0:0:0:1]:<port>"),
    ):
        request = (
            b"POST /web/mcp HTTP/1.1\r\nhost: "
            + value
            + b"\r\n<head>content-length: <length>\r\nconnection: close\r\n\r\n<body>"
        )
        yield stream(what, no(421, reasons=frozenset({"origin.host-unknown"})), request)


def own_hosts() -> Iterator[Bytes]:
    """Calls that name the gateway as it may be named."""
    for value in (b"localhost:<port>", b"LOCALHOST:<port>", b"[::1]:<port>"):
        request = (
            b"POST /web/mcp HTTP/1.1\r\nhost: "
            + value
            + b"\r\n<head>content-length: <length>\r\nconnection: close\r\n\r\n<body>"
        )
        yield stream(f"{value.decode()} is its own", yes(), request)


ORIGINS = (
    "null",
    "http://evil.example",
    "https://127.0.0.1",
    "http://127.0.0.1",
    "http://127.0.0.1.evil.example",
    "http://evil.example/127.0.0.1",
    "file://",
    "",
    "*",
    "http://127.0.0.1:1",
    "http://localhost",
    "http://user@127.0.0.1",
    "chrome-extension://abcdef",
    "http://127.0.0.1:80 http://evil.example",
    "HTTP://EVIL.EXAMPLE",
    "http://[::1]",
)


PATHS = (
    "//web/mcp",
    "/web//mcp",
    "/web/mcp/",
    "/web/%6dcp",
    "/%77eb/mcp",
    "/web/mcp;x",
    "/./web/mcp",
    "/x/../web/mcp",
    "/web/mcp/..",
    "/web/mcp%2f..%2fadmin",
    "/web/mcp%2F",
    "/WEB/mcp",
    "/web/MCP",
    "/web/mcp%00",
    "/web%2fmcp",
    "/web/mcp.",
    "/web/mcp%20",
    "/web/mcp~",
    "/%2e/web/mcp",
    "/web/mcp/metrics",
    "/metrics",
    "/readyz",
    "/reload",
    "/livez",
    "/admin",
    "/",
    "/mcp",
    "/nobody/mcp",
    "/web",
    "/web/sse",
    "/.well-known/oauth-protected-resource",
    "/favicon.ico",
    "/web/mcp%252f",
    "/%2577eb/mcp",
    "/web/%c0%ae/mcp",
    "/proc/self/environ",
)


ROWS = [
    case("H-15", "a Host that is not the gateway's", foreign_hosts(), own_hosts()),
    case(
        "H-16",
        "DNS rebinding: Host and Origin of the same foreign site",
        stream(
            "both foreign",
            no(403, 421),
            b"POST /web/mcp HTTP/1.1\r\nhost: evil.example\r\norigin: http://evil.example\r\n"
            b"<head>content-length: <length>\r\nconnection: close\r\n\r\n<body>",
        ),
        stream(
            "both foreign, the gateway's port",
            no(403, 421),
            b"POST /web/mcp HTTP/1.1\r\nhost: evil.example:<port>\r\norigin: http://evil.example:<port>\r\n"
            b"<head>content-length: <length>\r\nconnection: close\r\n\r\n<body>",
        ),
        stream(
            "without a token nothing more is said",
            no(403, 421, absent=(b"www-authenticate",)),
            b"POST /web/mcp HTTP/1.1\r\nhost: evil.example\r\ncontent-type: application/json\r\n"
            b"content-length: 0\r\nconnection: close\r\n\r\n",
        ),
    ),
    case(
        "H-22",
        "foreign origins",
        [headed(f"`{origin}`", no(403, reasons=frozenset({"origin.foreign"})), origin=origin) for origin in ORIGINS],
        stream(
            "two origins",
            gone(400),
            POST + b"origin: http://<host>\r\norigin: http://evil.example\r\ncontent-length: <length>\r\n\r\n<body>",
        ),
        wire_corpus("H-22"),
    ),
    case("H-23", "CORS preflight from a foreign page", act("no permission", no_cors)),
    case(
        "H-25",
        "path tricks",
        [talk(f"`{path}`", call("echo", {"text": "x"}, path=path), no(404), servers="web") for path in PATHS],
        stream(
            "a backslash",
            gone(400),
            b"POST \\web\\mcp HTTP/1.1\r\nhost: <host>\r\n<head>content-length: <length>\r\n\r\n<body>",
        ),
    ),
    case(
        "H-26",
        "a query string, a token in it",
        [
            talk(
                f"`{query}`",
                call("echo", {"text": "x"}, path=f"/web/mcp{query}"),
                no(400, reasons=frozenset({"http.query"})),
                servers="web",
            )
            for query in ("?", "?a=b", "?access_token=x", "?token=yett_abc", "?/web/mcp")
        ],
        talk(
            "the only credential is in the query",
            call("echo", caller="stranger", path="/web/mcp?access_token=x"),
            no(400),
            servers="web",
        ),
    ),
    case(
        "H-27",
        "content types",
        [
            headed(f"`{kind}`", no(415), content_type=kind)
            for kind in (
                "text/plain",
                "application/json; charset=utf-16",
                "multipart/form-data",
                "application/x-www-form-urlencoded",
                "application/json-rpc",
                "text/json",
                "application/json, text/plain",
                "application/json;",
                "application/jsonx",
                "application/json; charset=utf-8; x=y",
                "*/*",
                "application/json\t;x",
                "",
            )
        ],
        headed("none", no(415), content_type=ABSENT),
        [
            headed(f"`{kind}` is JSON", yes(), content_type=kind)
            for kind in ("Application/JSON", "application/json; charset=UTF-8")
        ],
        wire_corpus("H-27"),
    ),
    case(
        "H-28",
        "compressed requests",
        [
            talk(
                f"`{coding}`",
                call("echo", head={"content-encoding": coding}, body=gzip.compress(b" " * 1_000_000, mtime=0)),
                no(415),
                servers="web",
            )
            for coding in ("gzip", "deflate", "br", "gzip, gzip", "identity", "x-gzip", "GZIP", "")
        ],
        wire_corpus("H-28"),
    ),
    case(
        "H-29",
        "Accept",
        [
            headed(f"`{accept}`", no(406), accept=accept)
            for accept in (
                "application/json",
                "text/event-stream",
                "*/*;q=0",
                "text/html",
                "",
                "application/json;q=0, text/event-stream",
                "application/json, text/event-stream;q=0.000",
                "a" * 3000,
            )
        ],
        headed("none", no(406), accept=ABSENT),
        [headed(f"`{accept}` will do", yes(), accept=accept) for accept in ("*/*", "APPLICATION/*, text/*;q=0.1")],
    ),
    case(
        "H-30",
        "other methods on the endpoint",
        [
            talk(
                f"{verb.decode()} without a session",
                Say(verb=verb, method="-", head={"mcp-session-id": ABSENT}),
                no(405),
                eras="modern",
                servers="web",
            )
            for verb in (b"GET", b"DELETE", b"PUT", b"PATCH", b"OPTIONS")
        ],
    ),
]
