"""M-11 to M-29: messages that reach for what was not granted, or for somebody else's."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from siege.campaign import Campaign, Lane
from siege.cases import Talk, act, case, hidden, no, talk, tool_error, yes
from siege.knock import connected, fresh_address, knock, parsed
from siege.rows.http_use import two_callers_on_one_connection
from siege.rows.json_documents import corpus
from siege.speech import ABSENT, LEGACY, Say, call, written

REFUSED = no(200, 400, 404)
NOT_A_NAME = no(200, 400, codes=frozenset({-32602, -32700}))
"""Not yours, or no name at all; a document that cannot be read names nothing."""
UNKNOWN_METHODS = (
    "tools/call ", "TOOLS/CALL", "Tools/call", "tools//call", "tools/call/", "/tools/call", "tools.call", "tools\\call",
    "tools/call\u200b", "tools/\u0441all", "rpc.discover", "__init__", "constructor", "call", "tools/delete_all", "tools/call;x",
    "tools/call?x", "tools%2fcall", "system.listMethods", "notifications/tools/call", "$/cancelRequest",
)  # fmt: skip
CLOSED_METHODS = (
    "skills/list",
    "skills/run",
    "vendor.example/run",
    "tasks/list",
    "tasks/result",
    "roots/list",
    "elicitation/create",
    "sampling/createMessage",
)

NAMES = (
    ("upper case", "DELETE_ALL"), ("capital", "Delete_all"), ("a space behind", "delete_all "), ("a space before", " delete_all"),
    ("a dot behind", "delete_all."), ("a line feed behind", "delete_all\n"), ("a zero-width space", "delete\u200b_all"),
    ("a soft hyphen", "delete\u00ad_all"), ("a Cyrillic a", "delete_\u0430ll"), ("a bidi override", "\u202edelete_all"),
    ("full-width", "\uff44elete_all"), ("a percent escape", "delete%5fall"), ("another escape", "delete%255fall"), ("%2e", "web%2edelete_all"),
    ("a slash", "delete/all"), ("quotes", '"delete_all"'), ("129 characters", "d" * 129), ("512 characters", "d" * 512), ("a NUL", "delete_all\x00"),
    ("a server's name before", "web.delete_all"), ("another server's", "proc.delete_all"), ("two names", "echo,delete_all"), ("a star", "*"),
    ("a pattern", "delete_*"), ("empty", ""), ("a path", "../delete_all"), ("__proto__", "__proto__"), ("constructor", "constructor"),
    ("NFD", "de\u0301lete_all"), ("a tag character", "delete_all\U000e0041"), ("a Kelvin sign", "\u212aill"), ("a template", "{{delete_all}}"),
)  # fmt: skip

URIS = (
    "note://public/../secret/b", "note://public/%2e%2e/secret/b", "note://public/%2E%2E/secret/b", "note://public/%252e%252e/secret/b",
    "note://public/..%2fsecret/b", "note://public/..\\secret\\b", "note://public/a/../../secret/b", "NOTE://secret/b", "note://secret/b#public",
    "note://public/a#x", "note://public@secret/b", "note:/public/a", "note:public/a", "note://public//a", "note://public/./a", "note://public/a/.",
    "note://PUBLIC/../secret/b", "note://public/%00", "note://public/a%00b", "note://public/a\x00", "note://public/\u2024\u2024/secret",
    "note://public/\uff0e\uff0e/secret", "file:///srv/public/../../etc/passwd", "file:///srv/public/%2e%2e/secret", "FILE:///srv/public/a",
    "file://localhost/srv/public/a", "file://evil.example/srv/public/a", "file:/srv/public/a", "file:///srv/public/a.", "file:///srv/public/a%20",
    "file:///srv/public/..", "file:///srv//public/a", "file:///SRV/public/a", "file:///srv/public/c%3a/x", "file:///srv/public/a?x=../../y#z",
    "http://169.254.169.254/latest", "http://[fe80::1%25eth0]/", "http://xn--e1afmkfd/", "http://host./", "note://secret/b", "", "secret/b",
    "note://public/\u0430", "note://public/a\n", " note://public/a", "note://public/a ", "note://public/" + "a" * 3000, "javascript:alert(1)", "data:,x",
)  # fmt: skip


def resource(uri: str) -> Say:
    """A reading of a resource; its header agrees as far as one can be written."""
    from siege.rows.mcp_headers import b64

    plain = uri.isascii() and uri.isprintable() and uri == uri.strip() and uri
    return Say(method="resources/read", params={"uri": uri}, head={"mcp-name": uri if plain else b64(uri.encode())})


def named(name: str) -> Say:
    """A call whose header agrees with the body, encoded where it has to be."""
    from siege.rows.mcp_headers import b64

    return call(name, head={"mcp-name": b64(name.encode())})


def method(text: str) -> Say:
    """A message with another method, and a header that agrees where it can."""
    return Say(
        method=text,
        params={"name": "delete_all", "arguments": {}},
        head={"mcp-method": text if text.isascii() else ABSENT},
    )


def reaching() -> Iterator[Talk]:
    """Other methods that name something."""
    for what, name, params, eras in (
        ("a prompt", "prompts/get", {"name": "secret_prompt"}, ""),
        (
            "completion of a prompt",
            "completion/complete",
            {"ref": {"type": "ref/prompt", "name": "secret_prompt"}, "argument": {"name": "a", "value": ""}},
            "",
        ),
        (
            "completion of a template",
            "completion/complete",
            {"ref": {"type": "ref/resource", "uri": "note://secret/{name}"}, "argument": {"name": "name", "value": ""}},
            "",
        ),
        (
            "completion of a resource",
            "completion/complete",
            {"ref": {"type": "ref/resource", "uri": "note://secret/b"}, "argument": {"name": "name", "value": ""}},
            "",
        ),
        ("a subscription", "resources/subscribe", {"uri": "note://secret/b"}, "legacy"),
        ("an unsubscription", "resources/unsubscribe", {"uri": "note://secret/b"}, "legacy"),
        (
            "listening",
            "subscriptions/listen",
            {"notifications": {"resourceSubscriptions": ["note://secret/b"]}},
            "modern",
        ),
        (
            "listening, an allowed one first",
            "subscriptions/listen",
            {"notifications": {"resourceSubscriptions": ["note://public/a", "note://secret/b"]}},
            "modern",
        ),
        ("listening to a task", "subscriptions/listen", {"notifications": {"taskIds": ["t1"]}}, "modern"),
        ("a task", "tasks/get", {"taskId": "t1"}, ""),
        ("cancelling a task", "tasks/cancel", {"taskId": "t1"}, ""),
        ("a task's result", "tasks/result", {"taskId": "t1"}, "legacy"),
        ("a resource", "resources/read", {"uri": "note://secret/b"}, ""),
    ):
        yield talk(what, Say(method=name, params=params), hidden(), eras=eras)
    for what, name, params, eras in (
        (
            "a reference of an unknown kind",
            "completion/complete",
            {"ref": {"type": "ref/tool", "name": "delete_all"}, "argument": {"name": "a", "value": ""}},
            "",
        ),
        (
            "a reference with two names",
            "completion/complete",
            {
                "ref": {"type": "ref/prompt", "Name": "secret_prompt", "name": "hello"},
                "argument": {"name": "a", "value": ""},
            },
            "",
        ),
        ("a level that is no text", "logging/setLevel", {"level": ["debug"]}, "legacy"),
        (
            "subscriptions that are no list",
            "subscriptions/listen",
            {"notifications": {"resourceSubscriptions": "note://secret/b"}},
            "modern",
        ),
        (
            "subscriptions under another name",
            "subscriptions/listen",
            {"notifications": {"ResourceSubscriptions": ["note://secret/b"]}},
            "modern",
        ),
        (
            "257 subscriptions",
            "subscriptions/listen",
            {"notifications": {"resourceSubscriptions": ["note://public/a"] * 257}},
            "modern",
        ),
    ):
        yield talk(what, Say(method=name, params=params), NOT_A_NAME, eras=eras)
    yield talk("an allowed prompt", Say(method="prompts/get", params={"name": "hello"}), yes())
    yield talk("an allowed resource", Say(method="resources/read", params={"uri": "note://public/a"}), yes())


def looks_the_same(campaign: Campaign) -> list[str]:
    """Unknown and forbidden: the same status, the same bytes, for every kind of name."""
    problems = []
    pairs = (
        (call("delete_all"), call("no_such_tool")),
        (call("get_secret"), call("no_such_tool")),
        (
            Say(method="prompts/get", params={"name": "secret_prompt"}),
            Say(method="prompts/get", params={"name": "none"}),
        ),
        (resource("note://secret/b"), resource("note://secret/none")),
        (Say(method="tasks/get", params={"taskId": "t1"}), Say(method="tasks/get", params={"taskId": "t2"})),
    )
    for era in ("modern", "legacy"):
        for server in ("web", "proc"):
            for forbidden, unknown in pairs:
                first = campaign.say(forbidden, Lane(era, server))
                second = campaign.say(unknown, Lane(era, server))
                if (first.status, first.body) != (second.status, second.body):
                    problems.append(f"{era}/{server} {forbidden.method}: {first.body[:80]!r}, and {second.body[:80]!r}")
    return problems


def same_time(campaign: Campaign) -> list[str]:
    """Unknown and forbidden take the same time, as far as a busy machine can tell."""
    times: dict[str, list[float]] = {"delete_all": [], "no_such_tool": []}
    for _ in range(150):
        for name, seen in times.items():
            started = time.perf_counter()
            campaign.say(call(name))
            seen.append(time.perf_counter() - started)
    medians = [sorted(seen)[len(seen) // 2] for seen in times.values()]
    return [] if abs(medians[0] - medians[1]) < 0.25 * max(medians) else [f"medians {medians}"]


def sessions_are_bound(campaign: Campaign) -> list[str]:
    """A session id is no credential: another caller, another server, another spelling, an ended one lead nowhere."""
    castle = campaign.castle
    mine = campaign.sessions.fresh("alice", "web")
    problems = [] if mine and mine != "canary-session-never-shown" else [f"the session is {mine!r}"]
    tries = [
        ("another caller", call("echo", caller="bob", session=mine), "web"),
        ("a caller without rights", call("echo", caller="mallory", session=mine), "web"),
        ("another server", call("echo", session=mine), "proc"),
        ("another case", call("echo", session=mine.swapcase()), "web"),
        ("one more character", call("echo", session=mine + "A"), "web"),
        ("one less", call("echo", session=mine[:-1]), "web"),
        ("the server's own id", call("echo", session="canary-session-never-shown"), "web"),
        ("a chosen id", call("echo", session="A" * 32), "web"),
        ("a long id", call("echo", session="A" * 6000), "web"),
    ]
    for what, say, server in tries:
        answer = campaign.say(say, Lane("legacy", server))
        if answer.status not in (400, 404):
            problems.append(f"{what}: status {answer.status}")
    stolen = campaign.say(call("echo", caller="stranger", session=mine), Lane("legacy"))
    if stolen.status != 401:
        problems.append(f"without a token: status {stolen.status}")
    for verb in (b"GET", b"DELETE"):
        answer = campaign.say(
            Say(verb=verb, caller="bob", session=mine, head={"accept": "text/event-stream"}), Lane("legacy")
        )
        if answer.status != 404:
            problems.append(f"{verb.decode()} of another caller: status {answer.status}")
    fixed = campaign.say(
        Say(
            method="initialize",
            params={"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
            session=mine,
        ),
        Lane("legacy"),
    )
    if fixed.status != 400:
        problems.append(f"`initialize` in a session: status {fixed.status}")
    if campaign.say(call("echo", {"text": "still"}, session=mine), Lane("legacy")).status != 200:
        problems.append("the session did not survive the attempts of others")
    campaign.say(Say(verb=b"DELETE", session=mine), Lane("legacy"))
    if campaign.say(call("echo", session=mine), Lane("legacy")).status != 404:
        problems.append("an ended session still works")
    if b"canary-session-never-shown" in castle.log():
        problems.append("the server's session id is in the log")
    return problems


def split_session_ids() -> Iterator[Talk]:
    """Session ids that are no header values, or too many."""
    for what, line in (
        ("CR LF", b"mcp-session-id: x\r\nx-evil: y"),
        ("an 8-bit id", b"mcp-session-id: \xe9"),
        ("an empty one", b"mcp-session-id: "),
        ("two", b"mcp-session-id: a\r\nmcp-session-id: b"),
        ("a list", b"mcp-session-id: a, b"),
    ):
        say = call("echo", {"text": "x"}, head={"mcp-session-id": ABSENT}, lines=(line,))
        yield talk(what, say, no(400, 404), eras="legacy", servers="web")


def event_ids_lead_nowhere(campaign: Campaign) -> list[str]:
    """Last-Event-ID values that were not given to this session."""
    problems = []
    session = campaign.sessions.fresh("alice", "web")
    for value in ("1", "0", "-1", "a" * 5000, "999999999999", "../../x", "canary-session-never-shown", "*"):
        say = Say(verb=b"GET", session=session, head={"accept": "text/event-stream", "last-event-id": value})
        answer = campaign.say(say, Lane("legacy"), seconds=2.0)
        if answer.status not in (400, 404) and answer.body.strip():
            problems.append(f"{value[:20]}: status {answer.status}")
        if answer.status == 200:
            problems.append(f"{value[:20]}: a stream was opened")
    return problems


def own_replies_only(campaign: Campaign) -> list[str]:
    """Many clients with the same ids at once: each gets what it asked for."""
    castle = campaign.castle
    requests = []
    for client in range(24):
        lane = Lane(("modern", "legacy")[client % 2], ("web", "proc")[client // 2 % 2])
        caller = ("alice", "bob")[client // 4 % 2]
        door = campaign.door(caller, lane)
        requests.append(
            [
                (f"{client}-{n}", written(call("echo", {"text": f"nonce-{client}-{n}"}, id=1, caller=caller), door))
                for n in range(15)
            ]
        )

    def client_of(own: list[tuple[str, bytes]]) -> int:
        wrong = 0
        for nonce, request in own:
            answer = knock(castle.port, [request], address=fresh_address(), tls=campaign.tls, seconds=20.0).first
            wrong += f"nonce-{nonce}\\".encode() not in answer.body or answer.document.get("id") != 1
        return wrong

    with ThreadPoolExecutor(12) as clients:
        wrong = sum(clients.map(client_of, requests))
    return [f"{wrong} answers were somebody else's"] if wrong else []


def one_id_twice(campaign: Campaign) -> list[str]:
    """Two calls under one id in one session: both are answered, each with its own."""
    castle = campaign.castle
    problems = []
    for server in ("web", "proc"):
        door = campaign.door("alice", Lane("legacy", server))
        lines = [connected(castle.port, fresh_address(), campaign.tls) for _ in range(2)]
        for line, seconds in zip(lines, (0.4, 0.1), strict=True):
            line.sendall(written(call("wait", {"seconds": seconds}, id=1), door))
        for line, seconds in zip(lines, (0.4, 0.1), strict=True):
            raw = b""
            line.settimeout(10.0)
            while more := line.recv(65536):
                raw += more
            line.close()
            if str(seconds).encode() not in parsed(raw)[0].body:
                problems.append(f"{server}: {raw[-120:]!r}")
    return problems


def many_subscriptions(campaign: Campaign) -> list[str]:
    """A subscription to 20,000 URIs is refused at once."""
    uris = [f"note://public/{n}" for n in range(20_000)]
    started = time.monotonic()
    answer = campaign.say(Say(method="subscriptions/listen", params={"notifications": {"resourceSubscriptions": uris}}))
    problems = [] if answer.status == 400 else [f"status {answer.status}"]
    return problems if time.monotonic() - started < 1.0 else [*problems, "slow"]


def long_templates(campaign: Campaign) -> list[str]:
    """URI templates made to be slow are refused quickly."""
    problems = []
    for what, uri in (
        ("thousand stars", "note://public/" + "{a}" * 600),
        ("nested", "note://public/" + "{" * 700 + "a" + "}" * 700),
        ("alternating", "note://" + "a{b}" * 120 + "!"),
    ):
        started = time.monotonic()
        params = {"ref": {"type": "ref/resource", "uri": uri}, "argument": {"name": "a", "value": "x"}}
        answer = campaign.say(Say(method="completion/complete", params=params))
        taken = time.monotonic() - started
        if taken > 0.5:
            problems.append(f"{what}: {taken:.2f} s")
        if b'"values"' in answer.body and "secret" in uri:
            problems.append(f"{what}: was completed")
    return problems


BIG_ID = "x" * 1_000_000
ROWS = [
    case("M-11", "unknown methods", [talk(repr(text), method(text), REFUSED) for text in UNKNOWN_METHODS]),
    case("M-12", "methods that only servers or extensions know", [talk(text, Say(method=text, params={"taskId": "t"}), REFUSED) for text in CLOSED_METHODS]),
    case(
        "M-13",
        "requests without an id",
        [
            talk(f"{name} {params.get('name', '')}".strip(), Say(method=name, params=params, members={"id": ABSENT}), no(400, 202, code=-32600))
            for name, params in (
                ("tools/call", {"name": "echo", "arguments": {}}), ("tools/call", {"name": "delete_all", "arguments": {}}),
                ("prompts/get", {"name": "hello"}), ("resources/read", {"uri": "note://public/a"}), ("tools/list", {}),
            )
        ],
        talk("a notification with an id", Say(method="notifications/cancelled", params={"requestId": 1}), no(400, code=-32600)),
    ),
    case(
        "M-14",
        "ids that are none, or in use",
        [
            talk(f"{type(value).__name__} {str(value)[:12]}", call("echo", id=value), no(400, code=-32600))
            for value in (None, True, 1.5, {}, [], BIG_ID[:300])
        ],
        talk("a megabyte of id", call("echo", id=BIG_ID), no(400, 413)),
        talk("2^53 as an id", call("echo", id=2**53), no(400)),
        [talk(f"{value!r} is an id", call("echo", id=value), yes()) for value in (0, -1, "", "a-b_c", 2**53 - 1)],
        act("the same id twice in one session", one_id_twice),
    ),
    case(
        "M-15",
        "a client that replies",
        [
            talk(what, Say(body=json.dumps(reply).encode(), head={"mcp-method": ABSENT, "mcp-name": ABSENT}), no(400, code=-32600))
            for what, reply in (
                ("a result", {"jsonrpc": "2.0", "id": 1, "result": {"content": []}}),
                ("an error", {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "x"}}),
                ("a result to nothing", {"jsonrpc": "2.0", "id": "never-asked", "result": {}}),
            )
        ],
        talk("a result with a method", Say(body=b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all"},"result":{}}'), no(400, code=-32600)),
    ),
    case("M-16", "envelopes with more, less or other members", list(corpus("M-16"))),
    case("M-17", "other spellings of a tool's name", [talk(what, named(name), NOT_A_NAME) for what, name in NAMES]),
    case(
        "M-18",
        "tools of another server by name",
        [talk(repr(name), named(name), hidden()) for name in ("web__delete_all", "proc.echo", "web.web.echo", "poison.honest", "web/echo", "web_echo", "honest")],
        talk("collisions of servers are errors of the config", call("no_such_tool"), hidden()),
    ),
    case("M-19", "tricks with URIs", [talk(repr(uri[:60]), resource(uri), NOT_A_NAME) for uri in URIS]),
    case("M-20", "URI templates", act("slow ones", long_templates)),
    case("M-21", "forbidden names by other methods", reaching()),
    case("M-22", "too many subscriptions", act("20,000 URIs", many_subscriptions), not_yet="a slow reader of a stream is H-35"),
    case("M-23", "another caller's cursor", not_yet="cursors are the server's and pass as they are; the gateway signs none"),
    case("M-24", "another caller's requestState", not_yet="the server's sealed state passes as it is; the gateway has no envelope of its own"),
    case(
        "M-25",
        "answers to questions that were not asked",
        [
            talk(what, Say(params={"name": "echo", "arguments": {}, "inputResponses": value}), no(200, 400, code=-32602))
            for what, value in (("a list", []), ("a text", "x"), ("null", None))
        ],
        talk("a state that is no text", Say(params={"name": "echo", "arguments": {}, "requestState": {}}), no(200, 400, code=-32602)),
        talk("a retry is a full call: forbidden", Say(params={"name": "delete_all", "arguments": {}, "requestState": "x", "inputResponses": {}}), hidden()),
        talk("a retry is a full call: wrong arguments", Say(params={"name": "typed", "arguments": {}, "requestState": "x", "inputResponses": {}}), tool_error()),
        not_yet="matching answers with the questions of an earlier round",
    ),
    case("M-26", "legacy sessions", act("bound to caller and server", sessions_are_bound), split_session_ids()),
    case("M-27", "event ids of others", act("lead nowhere", event_ids_lead_nowhere)),
    case("M-28", "two callers on one connection", act("identity per request", two_callers_on_one_connection)),
    case("M-29", "mix-ups under load", act("24 clients, the same ids", own_replies_only)),
    case("M-51", "finding out which names exist", act("the same answer", looks_the_same), act("in the same time", same_time, long=True)),
]  # fmt: skip
