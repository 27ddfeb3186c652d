"""Good HTTP that is used to deceive: slow clients, pipelines, headers of others."""

from __future__ import annotations

import time

from siege.campaign import Campaign, Lane
from siege.castle import Castle
from siege.knock import connected, fresh_address, knock, still_open
from siege.rows.http_bytes import POST
from siege.speech import ABSENT, call, written

ECHO = call("echo", {"text": "x"})
MEANWHILE = 4.0
"""Seconds a good caller may wait: milliseconds, but for a busy machine. Slow clients one after the other take more."""


def slow_clients(campaign: Campaign) -> list[str]:
    """Slow heads, slow bodies and silent connections end in time, while others are served."""
    castle = campaign.castle
    slow = [connected(castle.port, fresh_address(), campaign.tls) for _ in range(60)]
    begun = time.monotonic()
    starts = (b"POST /web/mcp HTTP/1.1\r\nhost: ", campaign.filled(POST + b"content-length: <length>\r\n\r\n{"), b"")
    for number, line in enumerate(slow):
        line.sendall(starts[number % 3])
    problems = served_meanwhile(campaign, 20)
    left = still_open(slow, begun + 11.0)
    return [*problems, f"{left} slow connections are never ended"] if left else problems


def served_meanwhile(campaign: Campaign, times: int) -> list[str]:
    """A good caller is served, and before those that are waited for give up."""
    problems = []
    longest = 0.0
    for _ in range(times):
        started = time.monotonic()
        if campaign.say(ECHO).status != 200:
            problems.append("a good caller was not served")
        longest = max(longest, time.monotonic() - started)
    return problems if longest < MEANWHILE else [*problems, f"a good caller waited {longest:.2f} s"]


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
        left = still_open(lines, time.monotonic() + 5.0)
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
        b"connection: close, authorization, x-api-key, mcp-name",
        b"x-forwarded-for: 10.0.0.1",
        b"x-real-ip: 10.0.0.1",
        b"x-forwarded-user: root",
        b"forwarded: for=10.0.0.1",
        b"x-original-url: /admin",
        b"x-rewrite-url: /admin",
        b"cookie: a=b",
        b"x-api-key: mine",
        b"te: trailers",
        b"proxy-authorization: Basic eDp5",
        b"x-evil: 1",
    )
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
