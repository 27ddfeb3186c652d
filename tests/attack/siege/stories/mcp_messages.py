"""Sessions, ids and names of others."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from siege.campaign import Campaign, Lane
from siege.effort import Effort
from siege.knock import connected, fresh_address, knock, parsed
from siege.speech import LEGACY, Say, call, resource, written


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
    # The quicker ones: what is slow is slow because of others.
    quarters = [sorted(seen)[len(seen) // 4] for seen in times.values()]
    return [] if abs(quarters[0] - quarters[1]) < 0.25 * max(quarters) else [f"lower quartiles {quarters}"]


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
    wanted = {"notifications": {"resourceSubscriptions": uris}}
    with Effort(campaign.castle) as spent:
        answer = campaign.say(Say(method="subscriptions/listen", params=wanted))
    problems = [] if answer.status == 400 else [f"status {answer.status}"]
    return [*problems, *spent.beyond(1.0, "the refusal")]


def long_templates(campaign: Campaign) -> list[str]:
    """URI templates made to be slow are refused quickly."""
    problems = []
    for what, uri in (
        ("thousand stars", "note://public/" + "{a}" * 600),
        ("nested", "note://public/" + "{" * 700 + "a" + "}" * 700),
        ("alternating", "note://" + "a{b}" * 120 + "!"),
    ):
        params = {"ref": {"type": "ref/resource", "uri": uri}, "argument": {"name": "a", "value": "x"}}
        with Effort(campaign.castle) as spent:
            answer = campaign.say(Say(method="completion/complete", params=params))
        problems += spent.beyond(0.5, what)
        if b'"values"' in answer.body and "secret" in uri:
            problems.append(f"{what}: was completed")
    return problems
