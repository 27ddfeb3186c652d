"""H-15 to H-38, H-42: good HTTP that is used to deceive."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator

from siege.campaign import Campaign, Lane
from siege.cases import Bytes, Fate, Talk, act, case, no, stream, talk, yes
from siege.castle import Castle
from siege.knock import connected, fresh_address, knock
from siege.rows.http_bytes import CHUNKED, POST, WHOLE, corpus, gone
from siege.speech import ABSENT, Say, call, written

ECHO = call("echo", {"text": "x"})


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
    "null", "http://evil.example", "https://127.0.0.1", "http://127.0.0.1", "http://127.0.0.1.evil.example",
    "http://evil.example/127.0.0.1", "file://", "", "*", "http://127.0.0.1:1", "http://localhost", "http://user@127.0.0.1",
    "chrome-extension://abcdef", "http://127.0.0.1:80 http://evil.example", "HTTP://EVIL.EXAMPLE", "http://[::1]",
)  # fmt: skip

PATHS = (
    "//web/mcp", "/web//mcp", "/web/mcp/", "/web/%6dcp", "/%77eb/mcp", "/web/mcp;x", "/./web/mcp", "/x/../web/mcp",
    "/web/mcp/..", "/web/mcp%2f..%2fadmin", "/web/mcp%2F", "/WEB/mcp", "/web/MCP", "/web/mcp%00", "/web%2fmcp",
    "/web/mcp.", "/web/mcp%20", "/web/mcp~", "/%2e/web/mcp", "/web/mcp/metrics", "/metrics", "/readyz", "/reload", "/livez",
    "/admin", "/", "/mcp", "/nobody/mcp", "/web", "/web/sse", "/.well-known/oauth-protected-resource", "/favicon.ico",
    "/web/mcp%252f", "/%2577eb/mcp", "/web/%c0%ae/mcp", "/proc/self/environ",
)  # fmt: skip


def slow_clients(campaign: Campaign) -> list[str]:
    """Slow heads, slow bodies and silent connections end in time, while others are served."""
    castle = campaign.castle
    slow = [connected(castle.port, fresh_address(), campaign.tls) for _ in range(60)]
    begun = time.monotonic()
    problems = []
    try:
        for number, line in enumerate(slow):
            if number % 3 == 0:
                line.sendall(b"POST /web/mcp HTTP/1.1\r\nhost: ")
            elif number % 3 == 1:
                line.sendall(campaign.filled(POST + b"content-length: <length>\r\n\r\n{"))
        waits = []
        for _ in range(20):
            started = time.monotonic()
            if campaign.say(ECHO).status != 200:
                problems.append("a good caller was not served")
            waits.append(time.monotonic() - started)
        if sorted(waits)[-1] > 1.5:
            problems.append(f"a good caller waited {sorted(waits)[-1]:.2f} s")
        for line in slow:
            line.settimeout(12.0)
            while line.recv(65536):
                pass
        if time.monotonic() - begun > 11.0:
            problems.append("slow connections live too long")
    except TimeoutError:
        problems.append("a slow connection is never ended")
    except OSError:
        pass
    finally:
        for line in slow:
            line.close()
    return problems


def dripping_head(campaign: Campaign) -> list[str]:
    """One byte at a time keeps nobody alive beyond the limit for a whole head."""
    castle = campaign.castle
    pieces: list[bytes | float] = []
    for number in range(40):
        pieces += [b"POST /web/mcp HTTP/1.1\r\nx: aaaaaaaaaaaaaaaaaa"[number : number + 1], 0.1]
    heard = knock(castle.port, pieces, address=fresh_address(), tls=campaign.tls, seconds=10.0)
    return (
        []
        if heard.first.status == 408 and heard.closed
        else [f"status {heard.first.status} after {heard.seconds:.1f} s"]
    )


def head_in_pieces(campaign: Campaign) -> list[str]:
    """However a good call is cut, it is one good call; a too large head in pieces is too large all the same."""
    castle = campaign.castle
    request = written(ECHO, campaign.door("alice", Lane()))
    problems = []
    for size in (1, 7, 100):
        pieces = [request[at : at + size] for at in range(0, len(request), size)]
        heard = knock(castle.port, pieces, address=fresh_address(), tls=campaign.tls)
        if heard.first.status != 200:
            problems.append(f"pieces of {size}: status {heard.first.status}")
    large = [b"POST /web/mcp HTTP/1.1\r\n"] + [b"x: " + b"a" * 2000 + b"\r\n"] * 60
    heard = knock(castle.port, large, address=fresh_address(), tls=campaign.tls)
    if heard.first.status not in (431, 0) or not heard.closed:
        problems.append(f"120 KB of head in pieces: status {heard.first.status}")
    return problems


def many_connections(campaign: Campaign) -> list[str]:
    """One address cannot take every connection."""
    with Castle(
        campaign.castle.folder / "few", limits="{ connections: 40, connections_per_peer: 10, peer: 1000000/min }"
    ) as castle:
        address = fresh_address()
        lines = []
        refused = 0
        for _ in range(25):
            line = connected(castle.port, address, None)
            line.settimeout(0.3)
            try:
                if line.recv(1) == b"":
                    refused += 1
            except TimeoutError:
                pass
            except OSError:
                refused += 1
            lines.append(line)
        served = Campaign(castle).say(ECHO).status
        for line in lines:
            line.close()
    problems = [] if refused >= 15 else [f"{25 - refused} connections of one address, not 10"]
    return problems if served == 200 else [*problems, f"others are not served: {served}"]


def slow_reader(campaign: Campaign) -> list[str]:
    """Somebody who does not read his answers is left, and costs no memory meanwhile."""
    with Castle(
        campaign.castle.folder / "slow", limits="{ write_timeout: 1s, user: 1000000/min, peer: 1000000/min }"
    ) as castle:
        other = Campaign(castle)
        request = written(call("document", {"doc": "x" * 500_000}), other.door("alice", Lane()))
        request = request.replace(b"connection: close\r\n", b"")
        before = castle.rss()
        lines = [connected(castle.port, fresh_address(), None) for _ in range(8)]
        for line in lines:
            line.settimeout(3.0)
            try:
                for _ in range(30):
                    line.sendall(request)
            except OSError:
                pass
        time.sleep(3.0)
        left = 0
        for line in lines:
            try:
                line.settimeout(5.0)
                while line.recv(1 << 20):
                    pass
            except TimeoutError:
                left += 1
            except OSError:
                pass
            line.close()
        grown = castle.rss() - before
    problems = [f"{left} connections are kept for readers that do not read"] if left else []
    return problems if grown < 96 << 20 else [*problems, f"{grown >> 20} MiB for 8 clients that do not read"]


def pipelined(campaign: Campaign) -> list[str]:
    """A hundred requests at once are answered in order, each judged by itself."""
    castle = campaign.castle
    door = campaign.door("alice", Lane())
    says = [call("echo", {"text": str(n)}, id=n) if n % 3 else call("delete_all", id=n) for n in range(99)]
    sent = b"".join(written(say, door).replace(b"connection: close\r\n", b"") for say in says)
    heard = knock(castle.port, [sent], address=fresh_address(), tls=campaign.tls, answers=99, seconds=20.0)
    ids = [one.document.get("id") if isinstance(one.document, dict) else None for one in heard.answers]
    problems = [] if ids == list(range(99)) else [f"{len(ids)} answers, or out of order"]
    for n, one in enumerate(heard.answers):
        allowed = isinstance(one.document, dict) and "result" in one.document
        if allowed is not bool(n % 3):
            problems.append(f"request {n} was judged wrongly")
    return problems


def two_callers_on_one_connection(campaign: Campaign) -> list[str]:
    """Identity is the request's, never the connection's."""
    castle = campaign.castle
    sent = []
    for caller in ("alice", "stranger", "mallory", "alice"):
        say = call("echo", {"text": caller}, caller=caller)
        sent.append(written(say, campaign.door(caller, Lane())).replace(b"connection: close\r\n", b""))
    heard = knock(castle.port, [b"".join(sent)], address=fresh_address(), tls=campaign.tls, answers=4)
    found = [(one.status, isinstance(one.document, dict) and "result" in one.document) for one in heard.answers]
    wanted = [(200, True), (401, False), (200, False), (200, True)]
    return [] if found == wanted else [f"{found}, not {wanted}"]


def after_close(campaign: Campaign) -> list[str]:
    """What follows `Connection: close` is not read."""
    before = campaign.castle.effect_count()
    request = written(ECHO, campaign.door("alice", Lane()))
    heard = knock(campaign.castle.port, [request + request], address=fresh_address(), tls=campaign.tls)
    time.sleep(0.2)
    effects = campaign.castle.effect_count() - before
    return [] if len(heard.answers) == 1 and effects == 1 else [f"{len(heard.answers)} answers, {effects} effects"]


def hop_by_hop(campaign: Campaign) -> list[str]:
    """Headers that the client names in `Connection` are neither lost nor passed on."""
    castle = campaign.castle
    lines = (
        b"connection: close, authorization, x-api-key, mcp-name", b"x-forwarded-for: 10.0.0.1", b"x-real-ip: 10.0.0.1",
        b"x-forwarded-user: root", b"forwarded: for=10.0.0.1", b"x-original-url: /admin", b"x-rewrite-url: /admin",
        b"cookie: a=b", b"x-api-key: mine", b"te: trailers", b"proxy-authorization: Basic eDp5", b"x-evil: 1",
    )  # fmt: skip
    answer = campaign.say(call("echo", {"text": "hops"}, head={"connection": ABSENT}, lines=lines))
    seen = castle.effects("web")[-1]["headers"]
    problems = [] if answer.status == 200 else [f"status {answer.status}: the token was stripped"]
    foreign = {"x-forwarded-for", "x-real-ip", "x-forwarded-user", "forwarded", "x-original-url", "x-rewrite-url"}
    foreign |= {"cookie", "te", "proxy-authorization", "x-evil"}
    problems += [f"`{name}` reached the server" for name in sorted(foreign & seen.keys())]
    if (
        seen.get("authorization") != f"Bearer {castle.secrets['web']}"
        or seen.get("x-api-key") != castle.secrets["web.key"]
    ):
        problems.append("the gateway's own credentials did not reach the server")
    return problems


def peer_is_the_socket(campaign: Campaign) -> list[str]:
    """The ledger knows the socket's address, whatever headers say."""
    address = fresh_address()
    lines = (b"x-forwarded-for: 203.0.113.9", b"x-real-ip: 203.0.113.9", b"forwarded: for=203.0.113.9")
    campaign.say(call("echo", {"text": "peer"}, lines=lines), address=address)
    intents = [record for record in campaign.records()[address] if record["kind"] == "intent"]
    forged = [record for record in campaign.castle.ledger() if record.get("peer") == "203.0.113.9"]
    return [] if len(intents) == 1 and not forged else ["a header decided who the peer is"]


def no_cors(campaign: Campaign) -> list[str]:
    """A foreign page learns nothing from a preflight, and gets no permission."""
    request = (
        b"OPTIONS /web/mcp HTTP/1.1\r\nhost: <host>\r\norigin: http://evil.example\r\nconnection: close\r\n"
        b"access-control-request-method: POST\r\naccess-control-request-headers: authorization\r\n"
        b"access-control-request-private-network: true\r\n\r\n"
    )
    heard = knock(campaign.castle.port, [campaign.filled(request)], address=fresh_address(), tls=campaign.tls)
    allowed = [name for name in heard.first.headers if name.startswith("access-control-allow")]
    problems = [f"the answer has {allowed}"] if allowed else []
    return problems if heard.first.status in (403, 405) else [*problems, f"status {heard.first.status}"]


def memory_of_large_heads(campaign: Campaign) -> list[str]:
    """Two hundred unfinished heads cost less than 32 KiB each."""
    castle = campaign.castle
    campaign.say(ECHO)
    before = castle.rss()
    lines = [connected(castle.port, fresh_address(), campaign.tls) for _ in range(200)]
    for line in lines:
        line.sendall(b"POST /web/mcp HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 12_000)
    time.sleep(0.3)
    grown = castle.rss() - before
    for line in lines:
        line.close()
    bound = 200 * (64 if campaign.tls else 32) * 1024 + (4 << 20)
    return [] if grown < bound else [f"{grown // 200 // 1024} KiB per connection"]


def expectation_without_body(campaign: Campaign) -> list[str]:
    """100-continue, then nothing: 408 and the end."""
    request = campaign.filled(POST + b"expect: 100-continue\r\ncontent-length: <length>\r\n\r\n")
    heard = knock(campaign.castle.port, [request], address=fresh_address(), tls=campaign.tls, seconds=9.0)
    good = heard.raw.startswith(b"HTTP/1.1 100 ") and heard.first.status == 408 and heard.closed
    return [] if good else [f"{heard.raw[:80]!r}"]


REFLECTING = ("x\r\nx-evil: y", "x\nx-evil: y", "x\x00y", "\u2028x-evil: y", "<script>", "x\x1b[31m")

ROWS = [
    case("H-15", "a Host that is not the gateway's", foreign_hosts(), own_hosts()),
    case(
        "H-16",
        "DNS rebinding: Host and Origin of the same foreign site",
        stream(
            "both foreign",
            no(403, 421),
            b"POST /web/mcp HTTP/1.1\r\nhost: evil.example\r\norigin: http://evil.example\r\n<head>content-length: <length>\r\nconnection: close\r\n\r\n<body>",
        ),
        stream(
            "both foreign, the gateway's port",
            no(403, 421),
            b"POST /web/mcp HTTP/1.1\r\nhost: evil.example:<port>\r\norigin: http://evil.example:<port>\r\n<head>content-length: <length>\r\nconnection: close\r\n\r\n<body>",
        ),
        stream(
            "without a token nothing more is said",
            no(403, 421, absent=(b"www-authenticate",)),
            b"POST /web/mcp HTTP/1.1\r\nhost: evil.example\r\ncontent-type: application/json\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        ),
    ),
    case("H-18", "headers named away in Connection", act("they stay, and nothing of the client's crosses", hop_by_hop)),
    case("H-19", "forwarding headers of a peer that nobody trusts", act("the socket's peer counts", peer_is_the_socket)),
    case("H-20", "trusted proxies: the Nth hop from the right", not_yet="no proxy is ever trusted: there is no such setting"),
    case(
        "H-22",
        "foreign origins",
        [headed(f"`{origin}`", no(403, reasons=frozenset({"origin.foreign"})), origin=origin) for origin in ORIGINS],
        stream("two origins", gone(400), POST + b"origin: http://<host>\r\norigin: http://evil.example\r\ncontent-length: <length>\r\n\r\n<body>"),
        corpus("H-22"),
    ),
    case("H-23", "CORS preflight from a foreign page", act("no permission", no_cors)),
    case("H-25", "path tricks", [talk(f"`{path}`", call("echo", {"text": "x"}, path=path), no(404), servers="web") for path in PATHS],
         stream("a backslash", gone(400), b"POST \\web\\mcp HTTP/1.1\r\nhost: <host>\r\n<head>content-length: <length>\r\n\r\n<body>")),
    case(
        "H-26",
        "a query string, a token in it",
        [
            talk(f"`{query}`", call("echo", {"text": "x"}, path=f"/web/mcp{query}"), no(400, reasons=frozenset({"http.query"})), servers="web")
            for query in ("?", "?a=b", "?access_token=x", "?token=yett_abc", "?/web/mcp")
        ],
        talk("the only credential is in the query", call("echo", caller="stranger", path="/web/mcp?access_token=x"), no(400), servers="web"),
    ),
    case(
        "H-27",
        "content types",
        [
            headed(f"`{kind}`", no(415), content_type=kind)
            for kind in (
                "text/plain", "application/json; charset=utf-16", "multipart/form-data", "application/x-www-form-urlencoded",
                "application/json-rpc", "text/json", "application/json, text/plain", "application/json;", "application/jsonx",
                "application/json; charset=utf-8; x=y", "*/*", "application/json\t;x", "",
            )
        ],
        headed("none", no(415), content_type=ABSENT),
        [headed(f"`{kind}` is JSON", yes(), content_type=kind) for kind in ("Application/JSON", "application/json; charset=UTF-8")],
        corpus("H-27"),
    ),
    case(
        "H-28",
        "compressed requests",
        [
            talk(f"`{coding}`", call("echo", head={"content-encoding": coding}, body=gzip.compress(b" " * 1_000_000)), no(415), servers="web")
            for coding in ("gzip", "deflate", "br", "gzip, gzip", "identity", "x-gzip", "GZIP", "")
        ],
        corpus("H-28"),
    ),
    case(
        "H-29",
        "Accept",
        [
            headed(f"`{accept}`", no(406), accept=accept)
            for accept in (
                "application/json", "text/event-stream", "*/*;q=0", "text/html", "", "application/json;q=0, text/event-stream",
                "application/json, text/event-stream;q=0.000", "a" * 3000,
            )
        ],
        headed("none", no(406), accept=ABSENT),
        [headed(f"`{accept}` will do", yes(), accept=accept) for accept in ("*/*", "APPLICATION/*, text/*;q=0.1")],
    ),
    case(
        "H-30",
        "other methods on the endpoint",
        [
            talk(f"{verb.decode()} without a session", Say(verb=verb, method="-", head={"mcp-session-id": ABSENT}), no(405), eras="modern", servers="web")
            for verb in (b"GET", b"DELETE", b"PUT", b"PATCH", b"OPTIONS")
        ],
    ),
    case(
        "H-32",
        "expectations",
        corpus("H-32"),
        act("100-continue, then no body", expectation_without_body),
        stream("100-continue with a body", yes(), POST + b"expect: 100-continue\r\nconnection: close\r\ncontent-length: <length>\r\n\r\n<body>"),
    ),
    case(
        "H-33",
        "upgrades with a body behind",
        [
            stream(f"{name.decode()}: {what}", fate, POST.replace(b"<head>", b"<head>upgrade: " + name + b"\r\nhttp2-settings: AAMA\r\n") + rest)
            for name in (b"h2c", b"websocket", b"TLS/1.2")
            for what, fate, rest in (
                ("a good body is done", yes(), b"connection: upgrade, close\r\ncontent-length: <length>\r\n\r\n<body>"),
                ("a bad body is refused", no(400, code=-32700), b"connection: upgrade, close\r\ncontent-length: 5\r\n\r\nhello"),
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
        stream("a good chunked call and garbage", Fate(statuses=frozenset({200}), effects=1, refusals=1, intents=1, outcome="allowed"), CHUNKED + WHOLE + b"garbage\r\n\r\n", answers=2),
    ),
    case(
        "H-38",
        "response splitting through what is reflected",
        [
            talk(f"{text!r} as a method", Say(method=text, head={"mcp-method": "x"}), no(400, 404, 200, absent=(b"\r\nx-evil", b"<script>", b"\x1b")))
            for text in REFLECTING
        ],
        [
            talk(f"{text!r} as an id", call("delete_all", id=text), no(200, 400, absent=(b"\r\nx-evil", b"\nx-evil", b"\x1b")))
            for text in REFLECTING
        ],
        [
            talk(f"{text!r} as a tool", call(text, head={"mcp-name": ABSENT}), no(200, 400, absent=(b"\r\nx-evil", b"<script>", b"\x1b")))
            for text in REFLECTING
        ],
        [
            talk(f"{text!r} as an argument's name", call("echo", {text: 1}), no(200, 400, absent=(b"\r\nx-evil", b"<script>", b"\x1b")))
            for text in REFLECTING
        ],
    ),
    case(
        "H-42",
        "HTTP/2",
        stream("the preface", gone(505, 400), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
        stream("h2c by upgrade stays HTTP/1.1", yes(), POST + b"upgrade: h2c\r\nhttp2-settings: AAMA\r\nconnection: upgrade, http2-settings, close\r\ncontent-length: <length>\r\n\r\n<body>"),
        not_yet="frames, streams and header tables: HTTP/2 is not offered (the ALPN side is T-13)",
    ),
]  # fmt: skip
