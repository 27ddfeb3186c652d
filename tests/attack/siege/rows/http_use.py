"""H-18 to H-42: good HTTP that is used to deceive."""

from __future__ import annotations

from siege.cases import Fate, act, case, no, stream, talk, yes
from siege.rows.http_bytes import CHUNKED, POST, WHOLE, gone, wire_corpus
from siege.speech import ABSENT, Say, call
from siege.stories.http_use import (
    after_close,
    dripping_head,
    expectation_without_body,
    head_in_pieces,
    hop_by_hop,
    many_connections,
    memory_of_large_heads,
    peer_is_the_socket,
    pipelined,
    slow_clients,
    slow_reader,
    two_callers_on_one_connection,
)

REFLECTING = ("x\r\nx-evil: y", "x\nx-evil: y", "x\x00y", "\u2028x-evil: y", "<script>", "x\x1b[31m")


ROWS = [
    case("H-18", "headers named away in Connection", act("they stay, and nothing of the client's crosses", hop_by_hop)),
    case(
        "H-19", "forwarding headers of a peer that nobody trusts", act("the socket's peer counts", peer_is_the_socket)
    ),
    case(
        "H-20",
        "trusted proxies: the Nth hop from the right",
        not_yet="no proxy is ever trusted: there is no such setting",
    ),
    case(
        "H-32",
        "expectations",
        wire_corpus("H-32"),
        act("100-continue, then no body", expectation_without_body),
        stream(
            "100-continue with a body",
            yes(),
            POST + b"expect: 100-continue\r\nconnection: close\r\ncontent-length: <length>\r\n\r\n<body>",
        ),
    ),
    case(
        "H-33",
        "upgrades with a body behind",
        [
            stream(
                f"{name.decode()}: {what}",
                fate,
                POST.replace(b"<head>", b"<head>upgrade: " + name + b"\r\nhttp2-settings: AAMA\r\n") + rest,
            )
            for name in (b"h2c", b"websocket", b"TLS/1.2")
            for what, fate, rest in (
                ("a good body is done", yes(), b"connection: upgrade, close\r\ncontent-length: <length>\r\n\r\n<body>"),
                (
                    "a bad body is refused",
                    no(400, code=-32700),
                    b"connection: upgrade, close\r\ncontent-length: 5\r\n\r\nhello",
                ),
            )
        ],
    ),
    case(
        "H-35",
        "slow clients and many connections",
        act("slow heads, slow bodies, silence", slow_clients),
        act("a head byte by byte", dripping_head, long=True),
        act("connections of one address", many_connections, long=True),
        act("clients that do not read", slow_reader, long=True),
        act("unfinished heads in memory", memory_of_large_heads),
    ),
    case(
        "H-36",
        "pipelining",
        act("99 requests, good and bad", pipelined),
        act("requests of several callers on one connection", two_callers_on_one_connection),
        act("heads in pieces", head_in_pieces),
    ),
    case(
        "H-37",
        "bytes after the end",
        act("a request after `Connection: close`", after_close),
        stream("a good call behind a bad one", gone(400), b"GET / HTTP/1.1\r\nhost : x\r\n\r\n<smuggled>"),
        stream("a good call behind a bad chunk", gone(400), CHUNKED + b"x\r\n<smuggled>"),
        stream(
            "a good chunked call and garbage",
            Fate(statuses=frozenset({200}), effects=1, refusals=1, intents=1, outcome="allowed"),
            CHUNKED + WHOLE + b"garbage\r\n\r\n",
            answers=2,
        ),
    ),
    case(
        "H-38",
        "response splitting through what is reflected",
        [
            talk(
                f"{text!r} as a method",
                Say(method=text, head={"mcp-method": "x"}),
                no(400, 404, 200, absent=(b"\r\nx-evil", b"<script>", b"\x1b")),
            )
            for text in REFLECTING
        ],
        [
            talk(
                f"{text!r} as an id",
                call("delete_all", id=text),
                no(200, 400, absent=(b"\r\nx-evil", b"\nx-evil", b"\x1b")),
            )
            for text in REFLECTING
        ],
        [
            talk(
                f"{text!r} as a tool",
                call(text, head={"mcp-name": ABSENT}),
                no(200, 400, absent=(b"\r\nx-evil", b"<script>", b"\x1b")),
            )
            for text in REFLECTING
        ],
        [
            talk(
                f"{text!r} as an argument's name",
                call("echo", {text: 1}),
                no(200, 400, absent=(b"\r\nx-evil", b"<script>", b"\x1b")),
            )
            for text in REFLECTING
        ],
    ),
    case(
        "H-42",
        "HTTP/2",
        stream("the preface", gone(505, 400), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
        stream(
            "h2c by upgrade stays HTTP/1.1",
            yes(),
            POST
            + b"upgrade: h2c\r\nhttp2-settings: AAMA\r\nconnection: upgrade, http2-settings, close\r\n"
            + b"content-length: <length>\r\n\r\n<body>",
        ),
        not_yet="frames, streams and header tables: HTTP/2 is not offered (the ALPN side is T-13)",
    ),
]
